#!/usr/bin/env bash
# Makes the NuGet package of the library: ./scripts/nuget.sh [DIR] (default: artifacts/package).
#   Nv2.Signing.VERSION.nupkg    the library and its documentation
#   Nv2.Signing.VERSION.snupkg   its symbols, with the sources in them
# The libraries in it are the same bytes from every folder. The archives around them are not: dotnet pack writes the time into them.
set -euo pipefail
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/package}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT

# In folders of its own, so that no other build uses or replaces what is compiled here. Analyzers have run in the build and the tests.
options=(-p:IntermediateOutputPath=obj/nuget/ -p:OutputPath=bin/nuget/ -p:PathMap="$PWD/=/_/" -p:EnableSourceLink=false -p:RunAnalyzers=false)
if ! dotnet pack src/Nv2.Signing -c Release -o "$staging/out" --nologo "${options[@]}" >"$staging/log" 2>&1; then
    cat "$staging/log" >&2
    exit 1
fi

mkdir -p "$dir"
for file in "$staging"/out/*; do
    mv -f "$file" "$dir/"
    echo "$dir/$(basename "$file")"
done
