#!/usr/bin/env bash
# Writes the lock files of all projects again: ./scripts/update-locks.sh, after a change of Directory.Packages.props, of a project's references, or of
# the SDK in global.json. Every other restore uses the lock files or fails. Check the differences before you commit them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# The systems that nv2 compiles for, first: what is restored last is what the next build uses.
for rid in osx-arm64 win-x64; do
    dotnet restore src/Nv2.Plugin -p:RuntimeIdentifier="$rid" --force-evaluate -p:RestoreLockedMode=false --nologo -v quiet
done
dotnet restore Nv2Plugin.sln --force-evaluate -p:RestoreLockedMode=false --nologo -v quiet
git --no-pager diff --stat -- '*.lock.json'
