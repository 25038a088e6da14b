#!/usr/bin/env bash
# Makes the nv2 binary for this machine: ./scripts/publish.sh [DIR] writes DIR/nv2 (default: artifacts/bin/nv2).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

dir=${1:-artifacts/bin}
require_build_tools

rid=$(scripts/lib/rid.sh)

# Built aside and moved into place, so that what is there is whole at any time.
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
log="$staging/publish.log"
if ! dotnet publish src/Nv2.Plugin -c Release -r "$rid" -o "$staging/out" --nologo >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
if grep -E 'warning (IL|CS|CA|NETSDK|NU)[0-9]+' "$log" >&2; then
    echo "publish.sh: the build has warnings; expected none" >&2
    exit 1
fi

mkdir -p "$dir"
mv -f "$staging/out/nv2" "$dir/nv2"
echo "$dir/nv2"
