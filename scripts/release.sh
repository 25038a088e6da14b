#!/usr/bin/env bash
# Makes everything that a release consists of, in one go: ./scripts/release.sh [DIR] (default: artifacts/release). docs/releasing.md has the checklist.
#   for x86_64 and for arm64 the archives of package.sh, an SBOM in CycloneDX, and the record of the build;
#   the Debian package of deb.sh, the NuGet package of nuget.sh, install.sh for this release, and the checksums of all of them.
# With NV2_RELEASE_KEY and NV2_RELEASE_CERTIFICATES it signs each file: FILE.jws.sig. The key can be in any place that 'nv2 sign --key' takes; the certificates go up to the root.
# It refuses a checkout that differs from its commit: a release can be made again from what is tagged.
set -euo pipefail
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/release}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "release.sh: $1" >&2
    exit 1
}
[[ $(scripts/lib/rid.sh) == linux-x64 ]] || fail "this machine is no x86_64: expected one, where the arm64 binary is tested under qemu"
[[ -z $(git status --porcelain) ]] || fail "the checkout differs from its commit: commit or remove what 'git status' shows"
[[ -z ${NV2_RELEASE_KEY:-} || -n ${NV2_RELEASE_CERTIFICATES:-} ]] || fail "NV2_RELEASE_KEY is set, and NV2_RELEASE_CERTIFICATES is not: expected both or none"
[[ ! -e $dir || -z $(ls -A "$dir") ]] || fail "$dir is not empty: expected a new folder"

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
out=$staging/out
version=$(sed -n 's:^ *<Version>\(.*\)</Version>$:\1:p' Directory.Build.props)
url=$(sed -n 's:^ *<RepositoryUrl>\(.*\)</RepositoryUrl>$:\1:p' Directory.Build.props)
nv2=$staging/linux-x64/nv2

# The root is the last certificate: what signs a release must verify by it, and install.sh knows it by its hash.
root_hash=''
if [[ -n ${NV2_RELEASE_KEY:-} ]]; then
    csplit -s -z -f "$staging/certificate-" "$NV2_RELEASE_CERTIFICATES" '/-----BEGIN CERTIFICATE-----/' '{*}'
    root=$(printf '%s\n' "$staging"/certificate-* | tail -n 1)
    root_hash=$(openssl x509 -in "$root" -outform der | sha256sum | cut -d ' ' -f 1)
fi

./scripts/man-pages.sh "$staging/man" >/dev/null
export NV2_MAN_PAGES=$staging/man
for architecture in amd64 arm64; do
    rid=linux-${architecture/amd/x}
    export NV2_RID=$rid
    ./scripts/publish.sh "$staging/$rid" >/dev/null
    [[ $architecture == amd64 ]] || NV2_ARM64_BINARY=$staging/$rid/nv2 NV2_BINARY=$nv2 ./scripts/test-arm64.sh >&2
    NV2_BINARY=$staging/$rid/nv2 ./scripts/package.sh "$out" >/dev/null
    NV2_BUILD_RECORD=$staging/$rid/nv2.build.json ./scripts/sbom.sh "$out/nv2_${version}_linux_${architecture}_sbom.cdx.json" >/dev/null
    cp "$staging/$rid/nv2.build.json" "$out/nv2_${version}_linux_${architecture}_build.json"
done
unset NV2_RID
# What is released can be made again: two more builds, in other folders, give the same bytes.
[[ $(./scripts/reproduce.sh) == "$(sha256sum <"$nv2" | cut -d ' ' -f 1)" ]] || fail "other builds of this commit are not the same as the released one"
./scripts/deb.sh "$out" >/dev/null
./scripts/nuget.sh "$out" >/dev/null

sed -e "s/^release_version=''$/release_version='$version'/" -e "s|^release_url=''$|release_url='$url/releases'|" -e "s/^release_root=''$/release_root='$root_hash'/" \
    scripts/install.sh >"$out/install.sh"
chmod 755 "$out/install.sh"
[[ $(grep -Ec "^release_(version='$version'|url='$url/releases'|root='$root_hash')$" "$out/install.sh") -eq 3 ]] || fail "install.sh has no place for the facts of this release"

# One list of checksums for all files.
checksums=nv2_${version}_checksums.txt
rm "$out/$checksums"
(cd "$out" && sha256sum -- * >"$staging/$checksums" && mv "$staging/$checksums" .)

if [[ -n ${NV2_RELEASE_KEY:-} ]]; then
    for file in "$out"/*; do
        "$nv2" sign --blob "$file" --format jws -k "$NV2_RELEASE_KEY" -c "$NV2_RELEASE_CERTIFICATES" -o "$file.jws.sig" >/dev/null
    done
    for file in "$out"/*.jws.sig; do
        "$nv2" verify --blob "${file%.jws.sig}" -f "$file" --ca-cert "$root" >/dev/null
    done
    # As users do: into a folder of its own, and out of it again.
    for action in cli --uninstall; do
        HOME=$staging/home "$out/install.sh" --prefix "$staging/home" "$action" >/dev/null
    done
    [[ ! -e $staging/home ]] || fail "install.sh does not remove all that it installed"
else
    echo "release.sh: nothing is signed: NV2_RELEASE_KEY and NV2_RELEASE_CERTIFICATES are not set" >&2
fi

mkdir -p "$dir"
mv "$out"/* "$dir/"
ls -1 "$dir"
