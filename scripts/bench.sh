#!/usr/bin/env bash
# Times the whole process, cold, against openssl's command and an empty NativeAOT program, in one run: ./scripts/bench.sh [RUNS] (default 200).
# Prints a table: median, 90th percentile, peak memory, and the ratio to the peer named last.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

require_build_tools
require_packages openssl=openssl jq=jq softhsm2-util=softhsm2 xxd=xxd /usr/bin/time=time
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

./scripts/publish.sh "$dir/bin" >/dev/null
dotnet publish tests/Nv2.Benchmarks.Empty -c Release -r "$(scripts/lib/rid.sh)" -o "$dir/empty" --nologo -v quiet >&2
nv2=$dir/bin/nv2

manifest=$dir/manifest.json
cp tests/vectors/manifests/oci-image.json "$manifest"
host=registry.example.com
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/root.key" -out "$dir/root.crt" -days 30 \
    -subj "/CN=Benchmark Root" -addext keyUsage=critical,keyCertSign 2>/dev/null
for key in rsa2048 p256; do
    case $key in
        rsa2048) new=(-newkey rsa:2048) ;;
        p256) new=(-newkey ec -pkeyopt ec_paramgen_curve:P-256) ;;
    esac
    extensions=(-addext "subjectAltName=DNS:$host" -addext keyUsage=critical,digitalSignature -addext basicConstraints=critical,CA:FALSE)
    openssl req -x509 "${new[@]}" -nodes -keyout "$dir/$key.key" -out "$dir/$key.crt" -days 30 -subj "/CN=$host" "${extensions[@]}" 2>/dev/null
    openssl req -new -key "$dir/$key.key" -subj "/CN=$host" "${extensions[@]}" |
        openssl x509 -req -CA "$dir/root.crt" -CAkey "$dir/root.key" -days 30 -copy_extensions copyall -out "$dir/$key-chain.crt" 2>/dev/null
    openssl x509 -in "$dir/$key.crt" -noout -pubkey >"$dir/$key.pub"
    openssl dgst -sha256 -sign "$dir/$key.key" -out "$dir/$key.sig" "$manifest"
    "$nv2" sign -k "$dir/$key.key" -c "$dir/$key.crt" -r "$host/app:v1" -o "$dir/$key.nv2" "$manifest" >/dev/null
    "$nv2" sign -k "$dir/$key.key" -c "$dir/$key-chain.crt" -r "$host/app:v1" -o "$dir/$key-chain.nv2" "$manifest" >/dev/null

    jq -cn --arg manifest "$(base64 -w0 "$manifest")" --arg key "$dir/$key.key" --arg crt "$dir/$key.crt" --arg reference "$host/app:v1" \
        '{protocolVersion: "1.0", manifest: $manifest, references: [$reference], keyId: $key, pluginConfig: {certificate: $crt}}' >"$dir/$key.generate.json"
    jq -cn --arg manifest "$(base64 -w0 "$manifest")" --arg signature "$(base64 -w0 "$dir/$key.nv2")" \
        --arg crt "$(openssl x509 -in "$dir/$key.crt" -outform der | base64 -w0)" \
        '{protocolVersion: "1.0", manifest: $manifest, signature: $signature, trustedCertificates: [$crt]}' >"$dir/$key.verify.json"
done
echo '{"protocolVersion":"1.0"}' >"$dir/describe.json"

# The Notary Project's envelopes: their chain includes the root, whose certificate must be marked as an authority.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$dir/ca.key" -out "$dir/ca.crt" -days 30 -subj "/C=US/ST=WA/O=Benchmark" \
    -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign 2>/dev/null
openssl req -new -key "$dir/p256.key" -subj "/C=US/ST=WA/O=Benchmark/CN=signer" -addext keyUsage=critical,digitalSignature |
    openssl x509 -req -CA "$dir/ca.crt" -CAkey "$dir/ca.key" -days 30 -copy_extensions copyall 2>/dev/null | cat - "$dir/ca.crt" >"$dir/envelope.crt"
for format in jws cose; do
    "$nv2" sign --format "$format" -k "$dir/p256.key" -c "$dir/envelope.crt" -o "$dir/p256.$format" "$manifest" >/dev/null
done

# The same key in each possible place.
printf 12345678 >"$dir/passphrase"
openssl pkcs8 -topk8 -in "$dir/p256.key" -out "$dir/p256.encrypted.key" -passout "file:$dir/passphrase"
openssl pkcs12 -export -inkey "$dir/p256.key" -in "$dir/envelope.crt" -out "$dir/p256.p12" -passout "file:$dir/passphrase"
mkdir -p "$dir/tokens" "$dir/config/notation/plugins/bench"
echo "directories.tokendir = $dir/tokens" >"$dir/softhsm2.conf"
openssl pkcs8 -topk8 -nocrypt -in "$dir/p256.key" -out "$dir/import.key"
SOFTHSM2_CONF="$dir/softhsm2.conf" softhsm2-util --init-token --free --label bench --so-pin 12345678 --pin 12345678 >/dev/null
SOFTHSM2_CONF="$dir/softhsm2.conf" softhsm2-util --import "$dir/import.key" --token bench --label p256 --id 01 --pin 12345678 >/dev/null
cat >"$dir/config/notation/plugins/bench/notation-bench" <<END
#!/bin/sh
case \$1 in
get-plugin-metadata) echo '{"name":"bench","supportedContractVersions":["1.0"],"capabilities":["SIGNATURE_GENERATOR.RAW"]}' ;;
describe-key) echo '{"keyId":"p256","keySpec":"EC-256"}' ;;
generate-signature)
    signature=\$(jq -j .payload | base64 -d | openssl dgst -sha256 -sign "$dir/p256.key" | openssl asn1parse -inform DER | sed -n 's/.*INTEGER *://p' |
        while read -r number; do printf '%64s' "\$number" | tr ' ' 0; done | xxd -r -p | base64 -w0)
    echo "{\"keyId\":\"p256\",\"signature\":\"\$signature\",\"signingAlgorithm\":\"ECDSA-SHA-256\",\"certificateChain\":[\"$(openssl x509 -in "$dir/envelope.crt" -outform DER | base64 -w0)\"]}" ;;
esac
END
chmod 700 "$dir/config/notation/plugins/bench/notation-bench"
chmod 600 "$dir"/*.key "$dir/p256.p12"

# containerd's call, with the signature in a folder and a policy that trusts the signer.
digest=$(sha256sum "$manifest" | cut -d' ' -f1)
mkdir "$dir/signatures"
cp "$dir/p256.nv2" "$dir/signatures/$digest.nv2"
"$nv2" trust add bench "$dir/p256.crt" --trust-home "$dir/trust" >/dev/null 2>&1
"$nv2" trust allow "$host/app" --store bench --trust-home "$dir/trust" >/dev/null
printf '{"version":"1.0","trustHome":"%s","signatures":{"folder":"%s"}}' "$dir/trust" "$dir/signatures" >"$dir/verifier.json"
printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}\n' "$(jq -r .mediaType "$manifest")" "$digest" "$(stat -c %s "$manifest")" >"$dir/descriptor.json"

# The same policy among ten thousand scopes, and the signer's certificate among a thousand authorities', in files of fifty.
scripts/lib/large-trust.sh "$nv2" "$dir/large" "$host/app" "$dir/p256.crt" "$dir/p256.key"

# An image layout with one layer of 2 GiB, in a tar.
add_blob() { # FILE: stores it in the layout, prints its digest and size as the properties of a descriptor
    local hex size
    read -r hex _ < <(sha256sum "$1")
    size=$(stat -c %s "$1")
    mv "$1" "$layout/blobs/sha256/$hex"
    printf '"digest":"sha256:%s","size":%s' "$hex" "$size"
}
layout=$dir/layout
mkdir -p "$layout/blobs/sha256"
echo '{"imageLayoutVersion":"1.0.0"}' >"$layout/oci-layout"
echo '{"architecture":"amd64","os":"linux"}' >"$dir/image-config"
head -c 2G /dev/zero | openssl enc -aes-128-ctr -pass pass:nv2 -nosalt >"$dir/layer" 2>/dev/null
printf '{"schemaVersion":2,"config":{"mediaType":"application/vnd.oci.image.config.v1+json",%s},"layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar",%s}]}' \
    "$(add_blob "$dir/image-config")" "$(add_blob "$dir/layer")" >"$dir/image"
printf '{"schemaVersion":2,"manifests":[{"mediaType":"application/vnd.oci.image.manifest.v1+json",%s}]}' "$(add_blob "$dir/image")" >"$layout/index.json"
"$nv2" sign -k "$dir/p256.key" -c "$dir/p256.crt" --oci-layout "$layout" >/dev/null
tar -C "$layout" -cf "$dir/layout.tar" .
rm -rf "$layout"

dotnet run --project tests/Nv2.Benchmarks -c Release -- "$nv2" "$dir/empty/empty" "$dir" "${1:-200}"
