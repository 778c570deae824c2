#!/usr/bin/env bash
# Runs every fuzz target for a number of seconds (default 120), starting from the certificates under testdata.
# A crash leaves its input in crates/mtlsmith-fuzz/artifacts; copy it to testdata/fuzz/TARGET/, where `cargo test` replays it for ever.
# Needs cargo-fuzz (cargo install cargo-fuzz) and a C++ compiler; works with a stable compiler.
set -euo pipefail
cd "$(dirname "$0")/../crates/mtlsmith-fuzz"
seconds=${1:-120}
export RUSTC_BOOTSTRAP=1 # the coverage flags of cargo-fuzz are not stable yet

seeds=../../testdata
mkdir -p corpus/pem_scan corpus/bundle_check corpus/certificate_read corpus/certificates_check corpus/filters_check
for pem in "$seeds"/generators/*/*.pem; do
    name=$(basename "$(dirname "$pem")")-$(basename "$pem")
    cp "$pem" "corpus/pem_scan/$name"
    cp "$pem" "corpus/bundle_check/$name"
    openssl x509 -in "$pem" -outform DER -out "corpus/certificate_read/$name.der" 2>/dev/null || true
    cp "corpus/certificate_read/$name.der" corpus/certificates_check/ 2>/dev/null || true
done
printf '{"filters":[{"commonName":"worker-*","organizationalUnit":"orders"}]}' >corpus/filters_check/tcld.json
for target in pem_scan certificate_read certificates_check bundle_check filters_check; do
    echo "== $target, $seconds seconds"
    cargo fuzz run --fuzz-dir . --sanitizer none "$target" -- -max_total_time="$seconds" -max_len=65536 -print_final_stats=1 2>&1 | grep -E "stat::(number|average)|Done|panicked|SUMMARY|Test unit|error"
done
