#!/usr/bin/env bash
# Writes the components of the binary as a CycloneDX SBOM, valid by CycloneDX's own schema: ./scripts/sbom.sh FILE. The packages come from the lock files; the native
# parts, which are not NuGet packages, from the record of the build beside the binary (artifacts/bin/nv2.build.json, or NV2_BUILD_RECORD).
set -euo pipefail
[[ $# -eq 1 ]] || {
    echo "usage: sbom.sh FILE" >&2
    exit 2
}
file=$(realpath -m "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

require_packages jq=jq "/usr/lib/python3/dist-packages/jsonschema/__init__.py=python3-jsonschema"
record=${NV2_BUILD_RECORD:-artifacts/bin/nv2.build.json}
[[ -r $record ]] || {
    echo "sbom.sh: $record is missing: create it with scripts/publish.sh" >&2
    exit 1
}
version=$(jq -r .version "$record")

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
dotnet tool restore >/dev/null
dotnet CycloneDX src/Nv2.Plugin/Nv2.Plugin.csproj --output "$staging" --filename sbom.json --output-format Json --set-name nv2 --set-version "$version" --set-type Application \
    --exclude-dev --disable-package-restore >"$staging/log" 2>&1 || {
    cat "$staging/log" >&2
    exit 1
}

# Reproducible: no serial number, and the time of the commit.
epoch=$(git log -1 --format=%ct 2>/dev/null || echo 0)
mkdir -p "$(dirname "$file")"
jq --slurpfile record "$record" --arg time "$(date -u -d "@$epoch" +%Y-%m-%dT%H:%M:%SZ)" '
    $record[0] as $build
    | ($build.openssl.package | split(" ")) as $package
    | del(.serialNumber)
    | .metadata.timestamp = $time
    | .metadata.component.hashes = [{ alg: "SHA-256", content: $build.sha256 }]
    | .components += [
        { type: "framework", "bom-ref": "dotnet-runtime", name: ".NET runtime (NativeAOT)", version: $build.dotnet.runtime,
          description: "Linked into the binary", licenses: [{ license: { id: "MIT" } }], purl: "pkg:generic/dotnet-runtime@\($build.dotnet.runtime)" },
        { type: "library", "bom-ref": "openssl", name: "OpenSSL", version: ($build.openssl.version | split(" ")[1]),
          description: (if $build.openssl.linkage == "static" then "Linked into the binary" else "The system library, loaded at run time" end),
          licenses: [{ license: { id: "Apache-2.0" } }],
          purl: "pkg:deb/debian/\($package[0])@\($package[1] | @uri)",
          cpe: "cpe:2.3:a:openssl:openssl:\($build.openssl.version | split(" ")[1]):*:*:*:*:*:*:*" }
      ]
    | .components |= sort_by(.["bom-ref"])' "$staging/sbom.json" >"$staging/whole.json"
# Debian's own python, which has Debian's packages.
/usr/bin/python3 scripts/lib/validate-sbom.py "$staging/whole.json"
mv -f "$staging/whole.json" "$file"
echo "$file"
