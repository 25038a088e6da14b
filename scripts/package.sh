#!/usr/bin/env bash
# Makes the archives of a release: ./scripts/package.sh [DIR] (default: artifacts/package). It publishes the binary first, unless NV2_BINARY names one.
#   nv2_VERSION_linux_ARCH.tar.gz             nv2, its man pages and its completion for bash, zsh and fish
#   notation-nv2_VERSION_linux_ARCH.tar.gz    the plug-in of notation, for: notation plugin install --file
#   docker-nv2_VERSION_linux_ARCH.tar.gz      the plug-in of docker's client, for ~/.docker/cli-plugins
#   containerd-nv2_VERSION_linux_ARCH.tar.gz  the image verifier of containerd, to unpack in /opt/containerd
#   nv2_VERSION_checksums.txt                 SHA-256 of all four, for: sha256sum -c
# Each has the license. The same binary and commit make the same bytes, whenever and wherever.
#   NV2_RID=linux-arm64   for that machine; default: for this one
#   NV2_MAN_PAGES=DIR     the man pages, as scripts/man-pages.sh writes them; default: it runs that script
set -euo pipefail
unset TAR_OPTIONS GZIP # What a user has set up for every archive.
[[ -z ${NV2_BINARY:-} ]] || NV2_BINARY=$(realpath -e "$NV2_BINARY")
[[ -z ${NV2_MAN_PAGES:-} ]] || NV2_MAN_PAGES=$(realpath -e "$NV2_MAN_PAGES")
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/package}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh
source scripts/lib/target.sh
require_target_tools

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
reported=$(run_target "$NV2_BINARY" --version)
if [[ $reported != "$version" ]]; then
    echo "package.sh: $NV2_BINARY reports version '$reported': expected $version, as in Directory.Build.props" >&2
    exit 1
fi

# put MODE FILE NAME: FILE as the member NAME of the archive that is being made.
put() { install -D -m "$1" "$2" "$staging/members/$3"; }

# archive NAME: packs what was put.
files=()
archive() {
    local file=$1_${version}_linux_$architecture.tar.gz
    # Only files, in one order, by one owner, at one time, and without the name and time that gzip would note.
    (cd "$staging/members" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$staging/names"
    tar -C "$staging/members" --format=ustar --owner=0 --group=0 --numeric-owner --mtime=@0 --no-recursion -T "$staging/names" -cf - | gzip -n >"$staging/$file"
    rm -r "$staging/members"
    files+=("$file")
}

# The man pages and the completion lie where they belong below a prefix, such as /usr/local.
if [[ -z ${NV2_MAN_PAGES:-} ]]; then
    ./scripts/man-pages.sh "$staging/man" >/dev/null
    NV2_MAN_PAGES=$staging/man
fi
for page in "$NV2_MAN_PAGES"/*.1; do
    put 644 "$page" "share/man/man1/${page##*/}"
done
# complete SHELL NAME: where the shell looks for the completion of nv2.
complete() {
    run_target "$NV2_BINARY" completion "$1" >"$staging/completion"
    put 644 "$staging/completion" "share/$2"
}
complete bash bash-completion/completions/nv2
complete zsh zsh/site-functions/_nv2
complete fish fish/vendor_completions.d/nv2.fish
put 755 "$NV2_BINARY" nv2
put 644 LICENSE LICENSE
archive nv2

# What 'notation plugin install' looks for: one executable regular file named notation-NAME, where NAME is what get-plugin-metadata answers, and a semantic version.
# Other files are installed beside it if they are not executable.
for program in notation-nv2 docker-nv2; do
    put 755 "$NV2_BINARY" "$program"
    put 644 LICENSE LICENSE
    archive "$program"
done

# containerd runs every file in its folder as a verifier: the license is not in it.
put 755 "$NV2_BINARY" image-verifier/bin/nv2
put 644 LICENSE image-verifier/LICENSE
archive containerd-nv2

sums=nv2_${version}_checksums.txt
(cd "$staging" && sha256sum "${files[@]}" >"$sums")

mkdir -p "$dir"
for file in "${files[@]}" "$sums"; do
    mv -f "$staging/$file" "$dir/$file"
    echo "$dir/$file"
done
