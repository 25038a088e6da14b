#!/usr/bin/env bash
# Writes the man pages of all commands from the tree of commands: ./scripts/man-pages.sh [DIR] (default: artifacts/man/man1).
# View one with: man -l DIR/nv2-sign.1
set -euo pipefail
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/man/man1}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
log=$(mktemp)
trap 'rm -f "$log"' EXIT
dotnet build tools/Nv2.ManPages -c Release --nologo -v quiet >"$log" 2>&1 || {
    cat "$log" >&2
    exit 1
}
dotnet run --project tools/Nv2.ManPages -c Release --no-build -- "$dir"
echo "$dir"
