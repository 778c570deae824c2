#!/usr/bin/env bash
# Everything that must hold before a change lands: format, lints, tests, docs, generated files fresh.
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step "format"
cargo fmt --all --check

step "lints"
lints=$(mktemp)
trap 'rm -f "$lints"' EXIT
cargo clippy --workspace --all-targets --quiet -- -D warnings 2> >(tee "$lints" >&2)
# A misspelt path in a clippy.toml is only a note to clippy; here it is a failure.
if grep -q "does not refer to a reachable" "$lints"; then
    echo "a clippy.toml names something that does not exist" >&2
    exit 1
fi

step "tests (generated files are compared with what is committed: UPDATE=1 cargo test refreshes them)"
cargo test --workspace --quiet

step "tests of the library with ring, with both providers, and with none"
cargo test --quiet -p mtlsmith-validate --no-default-features --features ring --lib
cargo test --quiet -p mtlsmith-validate --features aws-lc-rs,ring --lib
cargo check --quiet -p mtlsmith-validate --no-default-features

step "tests of the rustls parts with ring, and of minting with a PKCS#11 token"
cargo test --quiet -p mtlsmith-rustls --no-default-features --features ring
cargo test --quiet -p mtlsmith-ca --features pkcs11 --test mint_signers

step "documentation"
RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps --quiet

if rustc --print target-libdir --target wasm32-unknown-unknown 2>/dev/null | xargs test -d 2>/dev/null; then
    step "WebAssembly"
    cargo check --quiet -p mtlsmith-validate --no-default-features --target wasm32-unknown-unknown
else
    echo "!!!! NOT TESTED: the target wasm32-unknown-unknown is not installed"
fi

step "fuzz targets build and replay"
cargo check --quiet --manifest-path crates/mtlsmith-fuzz/Cargo.toml

step "the example with Temporal's Rust SDK connects"
CARGO_PROFILE_DEV_DEBUG=0 cargo test --quiet --manifest-path crates/mtlsmith-temporal-example/Cargo.toml

printf '\nall checks passed\n'
