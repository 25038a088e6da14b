#!/usr/bin/env bash
# Compiles the library and the executable for the systems on which nv2 is neither tested nor published, with all analyzers: ./scripts/platforms.sh
# docs/building.md, "Other systems", says what nv2 can do there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

for rid in osx-arm64 win-x64; do
    dotnet build src/Nv2.Plugin -c Release -r "$rid" -p:UseAppHost=false --nologo -v quiet
    echo "nv2 compiles for $rid"
done

# What is restored last is what the next build uses.
dotnet restore src/Nv2.Plugin --nologo -v quiet
