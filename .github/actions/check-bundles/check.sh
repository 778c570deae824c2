#!/usr/bin/env bash
# What the action runs. Inputs come as environment variables; see action.yml.
#
# mtlsmith runs twice over the same files, filters and time: first in JSON, of which nothing is shown and from which the findings are
# counted, then in the format that was asked for, which alone is heard and decides how the step ends.
set -euo pipefail

refuse() {
    echo "error: $1" >&2
    exit 2
}

trim() {
    local text=$1
    text=${text#"${text%%[![:space:]]*}"}
    printf '%s' "${text%"${text##*[![:space:]]}"}"
}

files=()
while IFS= read -r glob; do
    glob=$(trim "$glob")
    [ -z "$glob" ] || files+=("$glob")
done <<<"${INPUT_FILES:-}"
[ "${#files[@]}" -gt 0 ] || refuse "the input files is empty; name at least one file or pattern, such as certs/*.pem"

format=$(trim "${INPUT_FORMAT:-github}")
case $format in
    github) usual_output= ;;
    sarif | json) usual_output=mtlsmith.$format ;;
    junit) usual_output=mtlsmith.xml ;;
    *) refuse "the input format is \"$format\"; it can be github, sarif, junit or json" ;;
esac

fail_on=$(trim "${INPUT_FAIL_ON:-error}")
case $fail_on in
    error) counted='error' ;;
    warning) counted='error|warning' ;;
    notice) counted='error|warning|notice' ;;
    never) counted= ;;
    *) refuse "the input fail-on is \"$fail_on\"; it can be error, warning, notice or never" ;;
esac

output=$(trim "${INPUT_OUTPUT:-}")
case $output in *$'\n'*) refuse "the input output has more than one line" ;; esac
if [ -z "$output" ] && [ -n "$usual_output" ]; then
    output=$usual_output
    echo "note: the input output is empty, so the report goes to $output" >&2
fi

PATH=$PATH:${CARGO_HOME:-${HOME:-}/.cargo}/bin
if ! command -v mtlsmith >/dev/null; then
    bash -c "${INPUT_INSTALL:-}" || refuse "mtlsmith is not on the PATH, and the command in the input install failed"
    command -v mtlsmith >/dev/null ||
        refuse "mtlsmith is not on the PATH, and the command in the input install did not put it there"
fi

arguments=(--at "$(date -u +%Y-%m-%dT%H:%M:%SZ)")
filters=$(trim "${INPUT_FILTERS:-}")
[ -z "$filters" ] || arguments+=(--filters "$filters")

# A severity has a line of its own; quotes within names are escaped in JSON, so nothing else can look like it.
findings=
counting=$(mktemp)
trap 'rm -f "$counting"' EXIT
if mtlsmith bundle check --format json --fail-on never "${arguments[@]}" -- "${files[@]}" >"$counting" 2>/dev/null; then
    findings=0
    [ -z "$counted" ] || findings=$(grep -cE "^ *\"severity\": \"($counted)\",?\$" "$counting" || true)
fi

status=0
[ -z "$output" ] || arguments+=(--output "$output" --force)
mtlsmith bundle check --format "$format" --fail-on "$fail_on" "${arguments[@]}" -- "${files[@]}" || status=$?

# Only what there is: no number when a file could not be read, no path when no report was written.
{
    [ -z "$findings" ] || echo "findings=$findings"
    [ -z "$output" ] || [ "$status" -gt 1 ] || echo "report=$output"
} >>"${GITHUB_OUTPUT:-/dev/null}"
exit "$status"
