# Sourced. The calls that instructions.sh counts, and whose code startup-order.sh puts together: needs $nv2, the binary, and $dir, an empty folder; sets calls, each of which is a name,
# the file on standard input, and the command, separated by tabs.
# shellcheck shell=bash disable=SC2154
vectors=$PWD/tests/vectors
host=registry.wabbit-networks.io

# The inputs are those of the tests: fixed keys, certificates and signatures.
manifest=$vectors/manifests/oci-image.json
digest=$(sha256sum "$manifest" | cut -d' ' -f1)
echo '{"protocolVersion":"1.0"}' >"$dir/describe.json"
echo '{"contractVersion":"1.0"}' >"$dir/metadata.json"
printf '{"mediaType":"%s","digest":"sha256:%s","size":%s}\n' "$(jq -r .mediaType "$manifest")" "$digest" "$(stat -c %s "$manifest")" >"$dir/descriptor.json"
for key in rsa2048 p256; do
    cp "$vectors/keys/$key.key" "$dir/$key.key"
    chmod 600 "$dir/$key.key"
    jq -cn --arg manifest "$(base64 -w0 "$manifest")" --arg key "$dir/$key.key" --arg crt "$vectors/keys/$key.crt" --arg reference "$host/net-monitor:v1" \
        '{protocolVersion: "1.0", manifest: $manifest, references: [$reference], keyId: $key, pluginConfig: {certificate: $crt}}' >"$dir/$key.generate.json"
    jq -cn --arg manifest "$(base64 -w0 "$manifest")" --arg signature "$(base64 -w0 "$vectors/nv2-jwt/$key-x5c.jwt")" \
        --arg crt "$(openssl x509 -in "$vectors/keys/$key.crt" -outform der | base64 -w0)" \
        '{protocolVersion: "1.0", manifest: $manifest, signature: $signature, trustedCertificates: [$crt]}' >"$dir/$key.verify.json"

    # containerd's call, with the signature in a folder and a policy that trusts the signer.
    mkdir "$dir/$key.signatures"
    cp "$vectors/nv2-jwt/$key-x5c.jwt" "$dir/$key.signatures/$digest.nv2"
    "$nv2" trust add vectors "$vectors/keys/$key.crt" --trust-home "$dir/$key.trust" >/dev/null 2>&1
    "$nv2" trust allow "$host/net-monitor" --store vectors --trust-home "$dir/$key.trust" >/dev/null
    printf '{"version":"1.0","trustHome":"%s","timeoutSeconds":600,"signatures":{"folder":"%s"}}' "$dir/$key.trust" "$dir/$key.signatures" >"$dir/$key.verifier.json"
done

# A name, the file on standard input, and the call.
calls=()
add() { calls+=("$(printf '%s\t%s\t%s' "$1" "$2" "$3")"); }
add "describe" "$dir/describe.json" "$nv2 describe"
add "get-plugin-metadata" "$dir/metadata.json" "$nv2 get-plugin-metadata"
for key in rsa2048 p256; do
    add "generate-signature $key" "$dir/$key.generate.json" "$nv2 generate-signature"
    add "verify-signature $key" "$dir/$key.verify.json" "$nv2 verify-signature"
    add "sign $key" /dev/null "$nv2 sign -k $dir/$key.key -c $vectors/keys/$key.crt -o $dir/$key.jwt $manifest"
    add "verify $key" /dev/null "$nv2 verify -f $vectors/nv2-jwt/$key-x5c.jwt -c $vectors/keys/$key.crt $manifest"
    add "image verifier $key" "$dir/descriptor.json" \
        "NV2_VERIFIER_CONFIG=$dir/$key.verifier.json $nv2 -name $host/net-monitor:v1 -digest sha256:$digest -stdin-media-type application/vnd.oci.descriptor.v1+json"
done

# Without the caller's environment, whose size affects the count. OpenSSL and the C library choose their code by the processor: valgrind presents
# the same one to all programs, if the machine has its features.
environment=(env -i LC_ALL=C PATH=/usr/bin:/bin)
callgrind() { # OUTPUT INPUT COMMAND
    local words with=("${environment[@]}")
    read -ra words <<<"$3"
    [[ ${words[0]} == *=* ]] && { with+=("${words[0]}"); words=("${words[@]:1}"); }
    "${with[@]}" valgrind --tool=callgrind --callgrind-out-file="$1" "${words[@]}" <"$2"
}
