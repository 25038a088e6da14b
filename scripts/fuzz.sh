#!/usr/bin/env bash
# Fuzzes a parser by coverage: ./scripts/fuzz.sh TARGET SECONDS, with SharpFuzz and afl++. Without arguments it lists the targets.
# It works on a separate, instrumented build. Findings go to artifacts/fuzz/TARGET, and make the exit code 1. docs/fuzzing.md defines a finding.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

target=${1-} seconds=${2-}
[[ $# -eq 0 || ($# -eq 2 && $seconds =~ ^[1-9][0-9]*$) ]] || {
    echo "usage: fuzz.sh [TARGET SECONDS]" >&2
    exit 2
}

# The assemblies that parse: the library, the executable, and their packages that read ASN.1 and CBOR.
instrumented=(Nv2.Signing.dll nv2.dll System.Formats.Cbor.dll System.Security.Cryptography.Cose.dll System.Security.Cryptography.Pkcs.dll)

require_build_tools
require_packages afl-fuzz=afl++

build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
nice -n 15 dotnet build tests/Nv2.Fuzz -c Release --artifacts-path "$build" --nologo -v quiet >"$build/log" 2>&1 || {
    cat "$build/log" >&2
    exit 1
}
bin=$build/bin/Nv2.Fuzz/release
fuzz=(dotnet "$bin/nv2-fuzz.dll")

if (($# == 0)); then
    "${fuzz[@]}" list
    exit 0
fi

"${fuzz[@]}" corpus "$target" "$build/corpus"
"${fuzz[@]}" replay "$target" "$build"/corpus/seeds/* # The fuzzer cannot start from a finding.
dotnet tool restore >/dev/null
for assembly in "${instrumented[@]}"; do
    dotnet sharpfuzz "$bin/$assembly"
done
dotnet sharpfuzz "$bin/BouncyCastle.Cryptography.dll" Org.BouncyCastle.Asn1 Org.BouncyCastle.X509

# The settings of afl-fuzz for containers (its docs/env_variables.md): the program is not an instrumented binary, SharpFuzz reports exceptions in
# place of core dumps, and the machine has other work. The time limit is for endless loops; the target itself limits slow inputs.
export AFL_SKIP_BIN_CHECK=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_NO_UI=1 AFL_FORKSRV_INIT_TMOUT=120000
limits=(-V "$seconds" -t 10000 -m none -G 65536)
files=(-i "$build/corpus/seeds" -o "$build/out")
[[ ! -s $build/corpus/words ]] || files+=(-x "$build/corpus/words")
nice -n 15 afl-fuzz "${limits[@]}" "${files[@]}" -- "${fuzz[@]}" run "$target" >"$build/log" 2>&1 || {
    tail -n 40 "$build/log" >&2
    exit 1
}

count() { sed -n "s/^$1 *: *//p" "$build/out/default/fuzzer_stats"; }
echo "$target: $(count run_time) seconds, $(count execs_done) executions, $(count corpus_count) paths," \
    "$(count saved_crashes) crashes, $(count saved_hangs) hangs"

found=()
for file in "$build"/out/default/crashes/id* "$build"/out/default/hangs/id*; do
    [[ ! -e $file ]] || found+=("$file")
done
((${#found[@]} > 0)) || exit 0
mkdir -p "artifacts/fuzz/$target"
cp "${found[@]}" "artifacts/fuzz/$target"
echo "the inputs are in artifacts/fuzz/$target; what is wrong with each:" \
    "dotnet run --project tests/Nv2.Fuzz -c Release -- replay $target artifacts/fuzz/$target/*" >&2
exit 1
