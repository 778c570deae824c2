#!/usr/bin/env bash
# Changes the code of mtlsmith-validate, one small fault at a time, and tells which faults no test sees.
# Arguments are folders or files below its src (default: admission path.rs path rules/client filters private_key.rs private_key);
# SHARD=0/20 tries every twentieth fault only, JOBS=4 works on four copies of the tree at once.
# A survivor is a missing test, or a change that means the same. Results lie in target/mutants/mutants.out.
# Needs cargo-mutants (cargo install cargo-mutants --locked). A fault takes about ten seconds; the crate has thousands.
set -euo pipefail
cd "$(dirname "$0")/.."
export CARGO_PROFILE_DEV_DEBUG=0 # nobody steps through a mutant, and it is built once for each
source=crates/mtlsmith-validate/src

[ $# -gt 0 ] || set -- admission path.rs path rules/client filters private_key.rs private_key
files=()
for name in "$@"; do
    if [ -d "$source/$name" ]; then
        files+=(--file "$source/$name/**")
    elif [ -f "$source/$name" ]; then
        files+=(--file "$source/$name")
    else
        echo "$source/$name: no such file or folder" >&2
        exit 2
    fi
done
mkdir -p target/mutants
# The unit tests come first for their speed; a rule that they let pass is one that its own file does not pin down.
cargo mutants --package mtlsmith-validate "${files[@]}" --shard "${SHARD:-0/1}" --sharding round-robin --jobs "${JOBS:-2}" \
    --timeout 60 --cargo-arg=--lib --output target/mutants
