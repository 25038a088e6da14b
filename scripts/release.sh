#!/usr/bin/env bash
# Makes all files of a release: ./scripts/release.sh [DIR] (default: artifacts/release). docs/releasing.md has the checklist.
#   the archives of package.sh, the Debian package of deb.sh, an SBOM in CycloneDX, the record of the build, and the checksums of all of them.
# With NV2_RELEASE_KEY and NV2_RELEASE_CERTIFICATES it signs each file: FILE.jws.sig. The key can be any that
# 'nv2 sign --key' accepts; the certificates must include the root.
# It refuses a checkout that differs from its commit, so that a release can be rebuilt from its tag.
set -euo pipefail
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/release}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."

fail() {
    echo "release.sh: $1" >&2
    exit 1
}
[[ -z $(git status --porcelain) ]] || fail "the checkout differs from its commit: commit or remove what 'git status' shows"
[[ -z ${NV2_RELEASE_KEY:-} || -n ${NV2_RELEASE_CERTIFICATES:-} ]] || fail "NV2_RELEASE_KEY is set, and NV2_RELEASE_CERTIFICATES is not: expected both or none"
[[ ! -e $dir || -z $(ls -A "$dir") ]] || fail "$dir is not empty: expected a new folder"

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
out=$staging/out
version=$(sed -n 's:^ *<Version>\(.*\)</Version>$:\1:p' Directory.Build.props)

./scripts/publish.sh "$staging/bin" >/dev/null
NV2_BINARY=$staging/bin/nv2 ./scripts/package.sh "$out" >/dev/null
./scripts/deb.sh "$out" >/dev/null
NV2_BUILD_RECORD=$staging/bin/nv2.build.json ./scripts/sbom.sh "$out/nv2_${version}_sbom.cdx.json" >/dev/null
cp "$staging/bin/nv2.build.json" "$out/nv2_${version}_build.json"

# One list of checksums for all files.
checksums=nv2_${version}_checksums.txt
rm "$out/$checksums"
(cd "$out" && sha256sum -- * >"$staging/$checksums" && mv "$staging/$checksums" .)

if [[ -n ${NV2_RELEASE_KEY:-} ]]; then
    for file in "$out"/*; do
        "$staging/bin/nv2" sign --blob "$file" --format jws -k "$NV2_RELEASE_KEY" -c "$NV2_RELEASE_CERTIFICATES" -o "$file.jws.sig" >/dev/null
    done
    # The root is the last certificate: the signatures must verify with it.
    csplit -s -z -f "$staging/certificate-" "$NV2_RELEASE_CERTIFICATES" '/-----BEGIN CERTIFICATE-----/' '{*}'
    root=$(printf '%s\n' "$staging"/certificate-* | tail -n 1)
    for file in "$out"/*.jws.sig; do
        "$staging/bin/nv2" verify --blob "${file%.jws.sig}" -f "$file" --ca-cert "$root" >/dev/null
    done
else
    echo "release.sh: nothing is signed: NV2_RELEASE_KEY and NV2_RELEASE_CERTIFICATES are not set" >&2
fi

mkdir -p "$dir"
mv "$out"/* "$dir/"
ls -1 "$dir"
