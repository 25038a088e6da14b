#!/usr/bin/env bash
# Tests the binary for arm64 on an x86_64 machine, under qemu: ./scripts/test-arm64.sh. scripts/release.sh runs it for each release.
# It publishes both binaries, unless NV2_ARM64_BINARY and NV2_BINARY name them. Then
#   - the tests with the trait OpenSsl=Any run with the arm64 binary: all vectors, signatures for and by openssl, what the binary says of itself;
#   - each of the two signs in all formats, and the other one verifies.
# Left out are the tests that trace system calls or time out: qemu makes calls of its own, and needs about ten times as long.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export NV2_RID=linux-arm64
source scripts/lib/tools.sh
source scripts/lib/target.sh
require_target_tools
require_packages openssl=openssl jose=jose readelf=binutils "/usr/lib/python3/dist-packages/jsonschema/__init__.py=python3-jsonschema"

fail() {
    echo "test-arm64.sh: $1" >&2
    exit 1
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
if [[ -z ${NV2_ARM64_BINARY:-} ]]; then
    ./scripts/publish.sh "$work/published" >/dev/null
    NV2_ARM64_BINARY=$work/published/nv2
fi
if [[ -z ${NV2_BINARY:-} ]]; then
    NV2_RID='' ./scripts/publish.sh >/dev/null
    NV2_BINARY=artifacts/bin/nv2
fi
other=$(realpath -e "$NV2_BINARY")
binary=$(realpath -e "$NV2_ARM64_BINARY")
file=$(readelf -h "$binary")
[[ $file == *AArch64* ]] || fail "$binary is no program for arm64"

# What the tests run in the place of the binary.
mkdir "$work/bin"
cp "${binary}.build.json" "$work/bin/nv2.build.json"
printf '#!/bin/sh\nexec %q -0 "$0" -L %q %q "$@"\n' "$(command -v "qemu-$processor-static")" "$sysroot" "$binary" >"$work/bin/nv2"
chmod 755 "$work/bin/nv2"
arm64=$work/bin/nv2

status=0
for project in tests/Nv2.Plugin.Tests tests/Nv2.EndToEnd.Tests; do
    NV2_BINARY=$arm64 NV2_BINARY_FILE=$binary SNAPSHOOTER_STRICT_MODE=true dotnet test "$project" -c Release --nologo \
        --filter 'OpenSsl=Any&FullyQualifiedName!~NoNetworkTests&FullyQualifiedName!~OwnTrustTests&FullyQualifiedName!~of_this_machine_s_distribution' || status=$?
done
[[ $status -eq 0 ]] || exit "$status"

# exchange SIGNER VERIFIER: in all formats, with a key of each kind.
exchanged=0
exchange() {
    local signer=$1 verifier=$2 format key
    for format in json jwt jws cose; do
        for key in rsa2048 p256 p384 p521; do
            rm -f "$work/signature"
            "$signer" sign --format "$format" -k "tests/vectors/keys/$key.key" -c "tests/vectors/keys/$key.crt" -o "$work/signature" tests/vectors/manifests/oci-image.json >/dev/null 2>"$work/said" ||
                fail "$signer does not sign in $format with $key: $(cat "$work/said")"
            "$verifier" verify -f "$work/signature" -c "tests/vectors/keys/$key.crt" tests/vectors/manifests/oci-image.json >/dev/null || fail "$verifier refuses $format with $key by $signer"
            if "$verifier" verify -f "$work/signature" -c "tests/vectors/keys/$key.crt" tests/vectors/manifests/oci-index.json >/dev/null 2>&1; then
                fail "$verifier takes the signature of another manifest, in $format with $key"
            fi
            exchanged=$((exchanged + 1))
        done
    done
}
exchange "$arm64" "$other"
exchange "$other" "$arm64"
echo "$exchanged signatures of one architecture are valid on the other"
