#!/usr/bin/env bash
# Shows that one commit makes one binary: ./scripts/reproduce.sh. It clones the commit twice, into folders of different names, publishes in both, with packages and
# temporary files in different places too, and compares the bytes. With NV2_RID it does so for that machine.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

packages=$(dotnet nuget locals global-packages --list)
packages=${packages#global-packages: }
sysroot=$PWD/artifacts/sysroot

# build NAME FOLDER VARIABLE…: publishes the commit in a clone in that folder.
build() {
    local name=$1 folder=$2
    shift 2
    git clone -q . "$folder"
    mkdir -p "$folder/artifacts" "$work/$name-temporary"
    [[ ! -e $sysroot ]] || ln -s "$sysroot" "$folder/artifacts/sysroot"
    env TMPDIR="$work/$name-temporary" "$@" "$folder/scripts/publish.sh" "$work/$name" >/dev/null
}

build one "$work/clone/nv2" CI=true
ln -s "${packages%/}" "$work/packages"
build other "$work/another_folder/of/another_length" CI= NUGET_PACKAGES="$work/packages" LC_ALL=C TZ=Asia/Kathmandu

if ! cmp "$work/one/nv2" "$work/other/nv2" >&2; then
    echo "reproduce.sh: the two builds differ" >&2
    exit 1
fi
sha256sum <"$work/other/nv2" | cut -d ' ' -f 1
