#!/usr/bin/env bash
# Makes the archives of a release: ./scripts/package.sh [DIR] (default: artifacts/package). It publishes the binary first, unless NV2_BINARY names one.
#   nv2_VERSION_linux_ARCH.tar.gz            nv2 and LICENSE
#   notation-nv2_VERSION_linux_ARCH.tar.gz   the same as a plug-in of notation, for: notation plugin install --file
#   docker-nv2_VERSION_linux_ARCH.tar.gz     the same as a plug-in of docker's client, for ~/.docker/cli-plugins
#   nv2_VERSION_checksums.txt                SHA-256 of all three, for: sha256sum -c
# The same binary and commit always give the same bytes.
set -euo pipefail
unset TAR_OPTIONS GZIP # What a user has set up for every archive.
[[ -z ${NV2_BINARY:-} ]] || NV2_BINARY=$(realpath -e "$NV2_BINARY")
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/package}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

case $(scripts/lib/rid.sh) in
    linux-x64) platform=linux_amd64 ;;
    linux-arm64) platform=linux_arm64 ;;
    *) exit 1 ;;
esac
version=$(sed -n 's:^ *<Version>\(.*\)</Version>$:\1:p' Directory.Build.props)
if [[ ! $version =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?$ ]]; then
    echo "package.sh: Directory.Build.props has no single <Version> of three numbers: found '$version'" >&2
    exit 1
fi

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
if [[ -z ${NV2_BINARY:-} ]]; then
    ./scripts/publish.sh "$staging/published" >/dev/null
    NV2_BINARY=$staging/published/nv2
fi

# A plug-in is installed, updated and required by its version: all places must have the same.
reported=$("$NV2_BINARY" --version)
if [[ $reported != "$version" ]]; then
    echo "package.sh: $NV2_BINARY reports version '$reported': expected $version, as in Directory.Build.props" >&2
    exit 1
fi

# 'notation plugin install' expects one executable regular file notation-NAME, with the name and a semantic version from get-plugin-metadata.
# It also installs other files that are not executable.
# archive NAME: packs the binary under that name, and the license.
archive() {
    local file=$1_${version}_$platform.tar.gz
    mkdir "$staging/$1"
    install -m 755 "$NV2_BINARY" "$staging/$1/$1"
    install -m 644 LICENSE "$staging/$1/LICENSE"
    # Fixed order, owner and time, and no name and time from gzip: the archive is reproducible.
    tar -C "$staging/$1" --format=ustar --sort=name --owner=0 --group=0 --numeric-owner --mtime=@0 -cf - LICENSE "$1" | gzip -9n >"$staging/$file"
    echo "$file"
}

files=("$(archive nv2)" "$(archive notation-nv2)" "$(archive docker-nv2)")
sums=nv2_${version}_checksums.txt
(cd "$staging" && sha256sum "${files[@]}" >"$sums")

mkdir -p "$dir"
for file in "${files[@]}" "$sums"; do
    mv -f "$staging/$file" "$dir/$file"
    echo "$dir/$file"
done
