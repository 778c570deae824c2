#!/usr/bin/env bash
# Measures mtlsmith against the floor and against peers, all in one run, and prints the ratios; see docs/performance.md.
# Usage: scripts/bench.sh [bundle|admission|hostile|handshake|mint|agent|process]... [--rounds N]
# Peers that are not installed are left out, and said so: Go (go), OpenSSL (gcc and its headers, the openssl command), nginx;
# for minting certtool, mkcert, cfssl and step, wherever PATH leads to them.
set -euo pipefail
cd "$(dirname "$0")/.."

peers=$(mktemp -d)
trap 'rm -rf "$peers"' EXIT
target=${CARGO_TARGET_DIR:-target}

cargo build --release --quiet -p mtlsmith -p mtlsmith-bench
if command -v go >/dev/null; then
    (cd testdata/oracle && go build -o "$peers/oracle" .)
    go build -o "$peers/tls-server" crates/mtlsmith-bench/peers/tls-server.go
else
    echo "!!!! NOT MEASURED: Go is not installed"
fi
if command -v gcc >/dev/null && echo '#include <openssl/x509.h>' | gcc -E - >/dev/null 2>&1; then
    gcc -O2 -o "$peers/openssl-peer" crates/mtlsmith-bench/peers/openssl-peer.c -lcrypto
    openssl version
else
    echo "!!!! NOT MEASURED: OpenSSL's headers are not installed"
fi
# As an installation leaves them. What a linker has just written lies in the page cache in single pages, and starts a tenth slower.
mkdir "$peers/installed"
cp "$target"/release/{mtlsmith,hello-clap,bare-mint} "$peers/installed"
"$target/release/bench" "$@" --peers "$peers" --mtlsmith "$peers/installed/mtlsmith" --hello "$peers/installed/hello-clap" \
    --bare "$peers/installed/bare-mint"
if command -v hyperfine >/dev/null; then
    fixture=testdata/generators/openssl-16-rsa4096
    at=$(sed -n 's/.*"at": *"\([^"]*\)".*/\1/p' "$fixture/fixture.json")
    hyperfine -N --warmup 10 "$peers/installed/hello-clap --version" "$peers/installed/mtlsmith --version" \
        "$peers/installed/mtlsmith bundle check --quiet --fail-on never --at $at $fixture/ca.pem" \
        "openssl verify -CAfile $fixture/ca.pem $fixture/ca.pem" -i
else
    echo "!!!! NOT MEASURED: hyperfine is not installed"
fi
