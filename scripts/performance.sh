#!/usr/bin/env bash
# Measures streams, latency, memory, hashing and scaling, and writes docs/performance.tsv, and the tables and pictures of docs/performance.md:
#   ./scripts/performance.sh
#   NV2_BINARY=…                the binary to measure; default: it is published first
#   NV2_PERFORMANCE_SECONDS=2   how long each rate is measured
#   NV2_PERFORMANCE_ROUNDS=3    how many times, in turns with openssl
#   NV2_PERFORMANCE_REQUESTS=1000000   the requests in the picture of memory, in at most three minutes
# ./scripts/performance.sh render writes tables and pictures again from docs/performance.tsv, without measuring.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

require_packages openssl=openssl jq=jq python3=python3 /usr/bin/time=time
render() {
    python3 scripts/lib/performance.py render docs/performance.tsv docs/performance.md docs/images
}
if [[ ${1:-} == render ]]; then
    render
    exit
fi

dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
nv2=${NV2_BINARY:-}
if [[ -z $nv2 ]]; then
    require_build_tools
    ./scripts/publish.sh "$dir/bin" >/dev/null
    nv2=$dir/bin/nv2
fi
nv2=$(realpath "$nv2")

cp tests/vectors/manifests/oci-image.json "$dir/manifest.json"
host=registry.example.com
authority=(-addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign)
signer=(-addext "subjectAltName=DNS:$host" -addext keyUsage=critical,digitalSignature -addext basicConstraints=critical,CA:FALSE)
p256=(-newkey ec -pkeyopt ec_paramgen_curve:P-256)

# make_certificate NAME SUBJECT ISSUER OPTION…: a key and a certificate, signed by the issuer, or self-signed without one.
make_certificate() {
    local name=$1 subject=$2 issuer=$3
    shift 3
    local by=()
    [[ -n $issuer ]] && by=(-CA "$dir/$issuer.crt" -CAkey "$dir/$issuer.key")
    openssl req -x509 "$@" -noenc -keyout "$dir/$name.key" -out "$dir/$name.crt" -days 30 -subj "/C=US/ST=WA/O=Benchmark/CN=$subject" "${by[@]}" 2>/dev/null
    openssl x509 -in "$dir/$name.crt" -outform der -out "$dir/$name.der"
    chmod 600 "$dir/$name.key"
}
make_certificate rsa2048 "$host" "" -newkey rsa:2048 "${signer[@]}"
make_certificate p256 "$host" "" "${p256[@]}" "${signer[@]}"
make_certificate root root "" "${p256[@]}" "${authority[@]}"

# Chains of 1 to 8 certificates, the signer's and the root's included, all for the key of p256.
cp "$dir/p256.crt" "$dir/chain1.crt"
above=root
authorities=()
for ((length = 2; length <= 8; length++)); do
    openssl req -new -key "$dir/p256.key" -subj "/C=US/ST=WA/O=Benchmark/CN=$host" "${signer[@]}" |
        openssl x509 -req -CA "$dir/$above.crt" -CAkey "$dir/$above.key" -days 30 -copy_extensions copyall -out "$dir/leaf.crt" 2>/dev/null
    cat "$dir/leaf.crt" "${authorities[@]}" "$dir/root.crt" >"$dir/chain$length.crt"
    make_certificate "authority$length" "authority $length" "$above" "${p256[@]}" "${authority[@]}"
    above=authority$length
    authorities=("$dir/$above.crt" "${authorities[@]}")
done
for length in 1 2 3 4 6 8; do
    "$nv2" sign -k "$dir/p256.key" -c "$dir/chain$length.crt" -r "$host/app:v1" -o "$dir/chain$length.jwt" "$dir/manifest.json" >/dev/null
done
cp "$dir/chain1.jwt" "$dir/p256.jwt"
for format in jws cose; do
    "$nv2" sign --format "$format" -k "$dir/p256.key" -c "$dir/chain3.crt" -o "$dir/chain3.$format" "$dir/manifest.json" >/dev/null
done
"$nv2" trust add bench "$dir/root.crt" --trust-home "$dir/trust" >/dev/null 2>&1
"$nv2" trust allow "$host/app" --store bench --trust-home "$dir/trust" >/dev/null

# make_layout FOLDER LAYER…: an image layout with an image of the layers, which are moved there.
add_blob() { # FILE: stores it in the layout, prints its digest and size as the properties of a descriptor
    local hex size
    read -r hex _ < <(openssl dgst -sha256 -r "$1")
    size=$(stat -c %s "$1")
    mv "$1" "$layout/blobs/sha256/$hex"
    printf '"digest":"sha256:%s","size":%s' "$hex" "$size"
}
make_layout() {
    layout=$1
    shift
    local layers=() layer
    mkdir -p "$layout/blobs/sha256"
    echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
    echo '{"architecture":"amd64","os":"linux"}' >"$dir/image-config"
    for layer in "$@"; do
        layers+=("{\"mediaType\":\"application/vnd.oci.image.layer.v1.tar\",$(add_blob "$layer")}")
    done
    printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[%s]}' \
        "$(add_blob "$dir/image-config")" "$(IFS=,; echo "${layers[*]}")" >"$dir/image"
    printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s}]}' "$(add_blob "$dir/image")" >"$layout/index.json"
}

# Artifacts with 1 to 64 signatures, no two of which are the same.
for count in 1 2 4 8 16 32 64; do
    echo layer >"$dir/layer"
    make_layout "$dir/signatures$count" "$dir/layer"
    for ((number = 0; number < count; number++)); do
        "$nv2" sign -k "$dir/p256.key" -c "$dir/chain3.crt" --oci-layout "$dir/signatures$count" >/dev/null 2>&1
    done
done

# Sparse files: they take no space, and reading them is as fast as reading cached files.
blobs=()
for number in 1 2 3 4 5 6 7 8; do
    echo "$number" >"$dir/blob$number"
    truncate -s 512M "$dir/blob$number"
    blobs+=("$dir/blob$number")
done
make_layout "$dir/blobs" "${blobs[@]}"
"$nv2" sign -k "$dir/p256.key" -c "$dir/chain3.crt" --oci-layout "$dir/blobs" >/dev/null 2>&1
truncate -s 4G "$dir/large"
"$nv2" sign --format jws -k "$dir/p256.key" -c "$dir/chain3.crt" -o "$dir/large.jws" --blob "$dir/large" >/dev/null 2>&1

python3 scripts/lib/performance.py measure "$nv2" "$dir" docs/performance.tsv
render
