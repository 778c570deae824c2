#!/usr/bin/env bash
# What the action runs. Inputs come as environment variables; see action.yml.
set -euo pipefail

if ! command -v mtlsmith >/dev/null; then
    bash -c "$INPUT_INSTALL"
fi

arguments=(bundle check --format "$INPUT_FORMAT" --fail-on "$INPUT_FAIL_ON")
[ -z "$INPUT_FILTERS" ] || arguments+=(--filters "$INPUT_FILTERS")
[ -z "$INPUT_OUTPUT" ] || arguments+=(--output "$INPUT_OUTPUT" --force)
files=()
while IFS= read -r glob; do
    glob=${glob#"${glob%%[![:space:]]*}"}
    glob=${glob%"${glob##*[![:space:]]}"}
    [ -z "$glob" ] || files+=("$glob")
done <<<"$INPUT_FILES"

status=0
mtlsmith "${arguments[@]}" -- "${files[@]}" || status=$?

# The number of findings, from the JSON report of the same files.
counting=$(mktemp)
trap 'rm -f "$counting"' EXIT
mtlsmith bundle check --format json --fail-on never -- "${files[@]}" >"$counting" || true
findings=$(python3 - "$INPUT_FAIL_ON" "$counting" <<'PY'
import json, sys
order = ["notice", "warning", "error", "never"]
floor = order.index(sys.argv[1])
try:
    documents = json.load(open(sys.argv[2]))["documents"]
except (ValueError, KeyError):
    documents = []
print(sum(order.index(f["severity"]) >= floor for d in documents for f in d["findings"]))
PY
)
{
    echo "findings=$findings"
    echo "report=$INPUT_OUTPUT"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$status"
