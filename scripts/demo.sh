#!/usr/bin/env bash
# Shows the main job on a real image, without a registry: ./scripts/demo.sh. It publishes the binary first, unless NV2_BINARY names one.
# It works in a temporary folder that it removes, and fails as soon as a step has another result than shown.
set -euo pipefail
[[ -z ${NV2_BINARY:-} ]] || NV2_BINARY=$(realpath -e "$NV2_BINARY")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh
source scripts/lib/show.sh

require_packages openssl=openssl umoci=umoci skopeo=skopeo jq=jq

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

heading "The program"
if [[ -z ${NV2_BINARY:-} ]]; then
    say "Publishing nv2, one native binary; this takes a minute."
    ./scripts/publish.sh "$work/published"
    NV2_BINARY=$work/published/nv2
fi
mkdir "$work/bin" "$work/demo"
ln -s "$NV2_BINARY" "$work/bin/nv2"
PATH=$work/bin:$PATH
cd "$work/demo"
run <<'END'
nv2 --version
END

heading "An image"
say "umoci makes an image with one file in an OCI layout, which is a plain folder: no daemon, no registry."
run <<'END'
umoci init --layout image
umoci new --image image:v1
echo 'watching the net' > net-monitor
umoci insert --image image:v1 net-monitor /bin/net-monitor
umoci config --image image:v1 --config.cmd /bin/net-monitor
END
say "The signature covers its manifest, which names everything in the image by digest."
run <<'END'
skopeo inspect --raw oci:image:v1 > manifest.json
jq . manifest.json
END

heading "A key and a certificate"
say "Only for tests: the certificate is self-signed. It is valid for one registry, so it can only sign names in that registry."
run <<'END'
nv2 certificate generate-test registry.wabbit-networks.io
END

heading "Sign"
say "The image will be pulled under two names. Manifests from umoci do not state their media type, so --media-type does."
run <<'END'
nv2 sign \
    --key registry.wabbit-networks.io.key \
    --cert registry.wabbit-networks.io.crt \
    --reference registry.wabbit-networks.io/net-monitor:v1 \
    --reference registry.wabbit-networks.io/net-monitor:latest \
    --expiry 365d \
    --media-type application/vnd.oci.image.manifest.v1+json \
    --output net-monitor.nv2 \
    manifest.json
END
run <<'END'
nv2 inspect net-monitor.nv2
END

heading "Verify"
say "nv2 prints the verified digest, and exits with 0. It trusts only the given certificates."
run <<'END'
nv2 verify \
    --signature net-monitor.nv2 \
    --cert registry.wabbit-networks.io.crt \
    --reference registry.wabbit-networks.io/net-monitor:v1 \
    --media-type application/vnd.oci.image.manifest.v1+json \
    manifest.json
END
say "The image's descriptor works as well as its manifest, and has the media type. Registry clients print it; here the layout has it."
run <<'END'
jq '.manifests[0]' image/index.json > descriptor.json
nv2 verify -f net-monitor.nv2 -c registry.wabbit-networks.io.crt --descriptor descriptor.json
END

heading "Verification fails: a changed manifest"
say "With one more space, it is another manifest."
run <<'END'
sed 's/:2/: 2/' manifest.json > changed.json
END
run_to_fail "subject:" <<'END'
nv2 verify -f net-monitor.nv2 -c registry.wabbit-networks.io.crt \
    --media-type application/vnd.oci.image.manifest.v1+json changed.json
END

heading "Verification fails: an untrusted signer"
say "Anybody can make a certificate for any name. It has no effect until a verifier trusts it."
run <<'END'
mkdir other
nv2 certificate generate-test --output other registry.wabbit-networks.io
END
run_to_fail "authenticity:" <<'END'
nv2 verify -f net-monitor.nv2 -c other/registry.wabbit-networks.io.crt --descriptor descriptor.json
END

heading "Verification fails: a name that was not signed"
say "The right image under the name of another registry is refused too."
run_to_fail "references:" <<'END'
nv2 verify -f net-monitor.nv2 -c registry.wabbit-networks.io.crt \
    -r registry.example.com/net-monitor:v1 --descriptor descriptor.json
END

heading "The signature beside the image"
say "nv2 reads and writes layouts itself. It stores the signature in the image's layout, as ORAS does."
run <<'END'
nv2 sign \
    --key registry.wabbit-networks.io.key \
    --cert registry.wabbit-networks.io.crt \
    --reference registry.wabbit-networks.io/net-monitor:v1 \
    --oci-layout image:v1
END
run <<'END'
nv2 list --oci-layout image:v1
END
say "The recipient of the layout, here a tar through a pipe, verifies the image and every byte of its layers." \
    "On standard output there is the digest alone, for a script to go on with."
run <<'END'
digest=$(tar -C image -c . |
    nv2 verify -c registry.wabbit-networks.io.crt -r registry.wabbit-networks.io/net-monitor:v1 --oci-layout -:v1)
echo "$digest"
END

heading "Verification fails: a changed layer"
say "The manifest and its signature are unchanged, but a layer does not match the manifest."
run <<'END'
cp -r image broken
layer=$(skopeo inspect --raw oci:image:v1 | jq -r '.layers[0].digest | ltrimstr("sha256:")')
echo 'sending it elsewhere' >> "broken/blobs/sha256/$layer"
END
run_to_fail "as its descriptor says" <<'END'
nv2 verify -c registry.wabbit-networks.io.crt --oci-layout broken:v1
END

heading "Without nv2: openssl alone"
say "The signature is a JSON Web Signature: header.claims.signature, each in base64url. Here the last part is an ECDSA signature on P-256," \
    "two numbers of 32 bytes each, which openssl takes in ASN.1."
run <<'END'
token=$(cat net-monitor.nv2)
hex=$(printf '%s==' "${token##*.}" | tr '_-' '/+' | base64 -d | od -An -v -tx1 | tr -d ' \n')
printf 'asn1=SEQUENCE:rs\n[rs]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "${hex:0:64}" "${hex:64}" > rs.cnf
openssl asn1parse -genconf rs.cnf -noout -out signature.der
openssl x509 -in registry.wabbit-networks.io.crt -noout -pubkey > signer.pub
printf '%s' "${token%.*}" | openssl dgst -sha256 -verify signer.pub -signature signature.der
END
say "The signed digest is that of the manifest:"
run <<'END'
jq -R 'split(".")[1] | gsub("-"; "+") | gsub("_"; "/") | @base64d | fromjson' net-monitor.nv2 > claims.json
jq . claims.json
END
run <<'END'
openssl dgst -sha256 -r manifest.json
[ "$(jq -r .digest claims.json)" = "sha256:$(openssl dgst -sha256 -r manifest.json | cut -d' ' -f1)" ]
END

heading "For programs: the exec protocol"
say "One JSON object on standard input, one on standard output. First: what can this program do?"
run <<'END'
echo '{"protocolVersion": "1.0"}' | nv2 describe | jq .
END

heading "For programs: generate-signature"
say "The response contains the signature, and the manifest to push for it, which refers to the image."
run <<'END'
jq '{
    protocolVersion: "1.0",
    subject: .,
    references: ["registry.wabbit-networks.io/net-monitor:v1"],
    keyId: "registry.wabbit-networks.io.key",
    pluginConfig: { certificate: "registry.wabbit-networks.io.crt" }
}' descriptor.json | nv2 generate-signature > generated.json
jq 'del(.signature, .artifact.content)' generated.json
END
run <<'END'
jq -r .artifact.content generated.json | base64 -d | jq .
END

heading "For programs: verify-signature"
say "Every check is reported."
run <<'END'
openssl x509 -in registry.wabbit-networks.io.crt -outform DER | base64 -w 0 > trusted.txt
jq --rawfile trusted trusted.txt '{
    protocolVersion: "1.0",
    subject,
    signature,
    reference: "registry.wabbit-networks.io/net-monitor:v1",
    trustedCertificates: [$trusted]
}' generated.json > request.json
nv2 verify-signature < request.json | jq .
END
say "A signature that is not valid gives the same response with \"verified\": false, an error object on standard error, and exit code 1."
run_to_fail VERIFICATION_FAILED <<'END'
jq '.reference = "registry.wabbit-networks.io/net-monitor:v2"' request.json | nv2 verify-signature
END

heading "Done"
say "The image is signed. Everybody with the certificate can verify it, with or without nv2."
