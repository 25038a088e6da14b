#!/usr/bin/env bash
# Writes src/Nv2.Plugin/startup-order.txt again: the methods that the calls of scripts/lib/calls.sh run, by the names that the compiler gives them, in the order of the calls. The
# compiler places them side by side in the binary, so that a call loads fewer pages of it (docs/instructions.md). A name that no longer exists is ignored; a method that is missing costs a page.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh
require_build_tools
require_packages valgrind=valgrind jq=jq openssl=openssl objdump=binutils

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/bin"
rid=$(scripts/lib/rid.sh)
rm -rf src/Nv2.Plugin/bin/Release/net*/"$rid"/native # An existing binary has no symbols, and is not linked again for them.
dotnet publish src/Nv2.Plugin -c Release -r "$rid" -o "$dir/bin" --nologo -v quiet -p:RunAnalyzers=false -p:StripSymbols=false
nv2=$dir/bin/nv2
strip --strip-debug "$nv2" # valgrind reads debug information for a minute, and the names are elsewhere.
source scripts/lib/calls.sh
for format in jws cose; do
    add "verify $format" /dev/null "$nv2 verify -f $vectors/notation/leaf-full-chain.$format --ca-cert $vectors/keys/root.crt $vectors/notation/leaf-full-chain.$format.artifact.json"
done

objdump -t "$nv2" | awk '/ __managedcode\t/ { print $NF }' >"$dir/methods"
[[ -s $dir/methods ]] || { echo "startup-order.sh: the binary has no symbols of methods" >&2; exit 1; }
for call in "${calls[@]}"; do
    IFS=$'\t' read -r name input command <<<"$call"
    callgrind "$dir/profile" "$input" "$command" >"$dir/log" 2>&1 || { cat "$dir/log" >&2; echo "startup-order.sh: '$name' failed" >&2; exit 1; }
    # fn=(7) NAME or cfn=(7) NAME, with a number behind the name for each level of recursion.
    sed -n "s/^c\\?fn=([0-9]*) //p" "$dir/profile" | sed "s/'[0-9]*$//"
done | awk 'NR == FNR { isMethod[$0]; next } $0 in isMethod && !seen[$0]++' "$dir/methods" - >"$dir/order"
cp "$dir/order" src/Nv2.Plugin/startup-order.txt
wc -l src/Nv2.Plugin/startup-order.txt
