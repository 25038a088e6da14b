#!/usr/bin/env bash
# Counts the instructions and page faults of whole calls, and compares with tests/Nv2.Benchmarks/instructions.tsv:
#   ./scripts/instructions.sh [BINARY]            fails if a call takes more instructions than the file says; default: artifacts/bin/nv2
#   ./scripts/instructions.sh --update [BINARY]   writes the file again
# Unlike time, instructions are the same on a busy machine. They depend on the processor that valgrind presents, and on the versions of the programs:
# the file names both, and if they differ, the numbers are shown but not compared. Page faults are only shown: two copies of one binary differ by
# a fifth, depending on how the kernel caches the file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

margin=2 # in percent; repeated counts of one binary differ by less than 0.7 % (docs/instructions.md)
runs=5   # for page faults, of which the median counts

update=false
if [[ ${1:-} == --update ]]; then
    update=true
    shift
fi
nv2=$(realpath -e "${1:-artifacts/bin/nv2}") || { echo "instructions.sh: no binary; expected one made by ./scripts/publish.sh" >&2; exit 1; }
require_packages valgrind=valgrind jq=jq /usr/bin/time=time openssl=openssl
table=tests/Nv2.Benchmarks/instructions.tsv
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

source scripts/lib/calls.sh

count() { # INPUT COMMAND: prints instructions
    local log=$dir/callgrind.log
    callgrind /dev/null "$1" "$2" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
    sed -n 's/^==[0-9]*== Collected : \([0-9]*\).*/\1/p' "$log"
}
faults() { # INPUT COMMAND: prints page faults
    local words with=("${environment[@]}")
    read -ra words <<<"$2"
    [[ ${words[0]} == *=* ]] && { with+=("${words[0]}"); words=("${words[@]:1}"); }
    "${with[@]}" /usr/bin/time -o "$dir/faults" -f %R "${words[@]}" <"$1" >/dev/null 2>&1
    cat "$dir/faults"
}
median() { sort -n | sed -n "$(((runs + 1) / 2))p"; }

described=$("$nv2" describe <"$dir/describe.json")
features=$(grep -om1 -w -e avx2 /proc/cpuinfo || echo "no avx2")
here="$(uname -m), $features, $(valgrind --version), glibc $(getconf GNU_LIBC_VERSION | cut -d' ' -f2), .NET $(jq -r .build.dotnet <<<"$described"), $(jq -r '.build.openssl | "\(.version) \(.linkage) \(.buildPackage)"' <<<"$described")"
there=$(sed -n 's/^# counted with: //p' "$table" 2>/dev/null || true)
{
    echo "# What whole calls cost: ./scripts/instructions.sh compares, and ./scripts/instructions.sh --update writes this file (docs/instructions.md)."
    echo "# counted with: $here"
    printf 'call\tinstructions\tpage faults\n'
} >"$dir/table"

status=0
for call in "${calls[@]}"; do
    IFS=$'\t' read -r name input command <<<"$call"
    instructions=$(count "$input" "$command")
    page_faults=$(for ((run = 0; run < runs; run++)); do faults "$input" "$command"; done | median)
    printf '%s\t%s\t%s\n' "$name" "$instructions" "$page_faults" >>"$dir/table"
    IFS=$'\t' read -r _ instructions_before faults_before < <(grep "^$name"$'\t' "$table" 2>/dev/null || printf '\t0\t0\n') || true
    printf '%-28s%12d instructions (%+6.1f %%) %6d page faults (%+6.1f %%)\n' "$name" \
        "$instructions" "$(awk -v a="$instructions" -v b="$instructions_before" 'BEGIN { print b ? 100 * (a - b) / b : 0 }')" \
        "$page_faults" "$(awk -v a="$page_faults" -v b="$faults_before" 'BEGIN { print b ? 100 * (a - b) / b : 0 }')"
    if [[ $update == false && $here == "$there" ]]; then
        if ((instructions_before == 0)); then
            echo "instructions.sh: '$name' is not in $table: write the file again with --update" >&2
            status=1
        elif ((instructions * 100 > instructions_before * (100 + margin))); then
            echo "instructions.sh: '$name' takes more instructions than $table says, by more than $margin %" >&2
            status=1
        fi
    fi
done

if [[ $update == true ]]; then
    cp "$dir/table" "$table"
elif [[ $here != "$there" ]]; then
    echo "not compared: $table was counted with $there, and this is $here"
fi
exit "$status"
