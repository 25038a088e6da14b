#!/usr/bin/env bash
# Counts the instructions and page faults of whole calls, and compares with tests/Nv2.Benchmarks/instructions.tsv:
#   ./scripts/instructions.sh [BINARY]            fails if a call takes more instructions than the file says; default: artifacts/bin/nv2
#   ./scripts/instructions.sh --update [BINARY]   writes the file again
# Unlike time, instructions are the same on a busy machine. They depend on the processor that valgrind presents, and on the versions of the programs:
# the file names both, and if they differ, the numbers are shown but not compared. Page faults are only shown: two copies of one binary differ by
# a fifth, depending on how the kernel caches the file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

margin=2 # in percent; repeated counts of one binary differ by less than 0.7 % (docs/instructions.md)
runs=5   # for page faults, of which the median counts

update=false
if [[ ${1:-} == --update ]]; then
    update=true
    shift
fi
nv2=$(realpath -e "${1:-artifacts/bin/nv2}") || { echo "instructions.sh: no binary; expected one made by ./scripts/publish.sh" >&2; exit 1; }
require_packages valgrind=valgrind jq=jq /usr/bin/time=time openssl=openssl
table=tests/Nv2.Benchmarks/instructions.tsv
vectors=$PWD/tests/vectors
host=registry.wabbit-networks.io
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT

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
count() { # INPUT COMMAND: prints instructions
    local log=$dir/callgrind.log words with=("${environment[@]}")
    read -ra words <<<"$2"
    [[ ${words[0]} == *=* ]] && { with+=("${words[0]}"); words=("${words[@]:1}"); }
    "${with[@]}" valgrind --tool=callgrind --callgrind-out-file=/dev/null "${words[@]}" <"$1" >"$log" 2>&1 || { cat "$log" >&2; return 1; }
    sed -n 's/^==[0-9]*== Collected : \([0-9]*\).*/\1/p' "$log"
}
faults() { # INPUT COMMAND: prints page faults
    local words with=("${environment[@]}")
    read -ra words <<<"$2"
    [[ ${words[0]} == *=* ]] && { with+=("${words[0]}"); words=("${words[@]:1}"); }
    "${with[@]}" /usr/bin/time -o "$dir/faults" -f %R "${words[@]}" <"$1" >/dev/null 2>&1
    cat "$dir/faults"
}
median() { sort -n | sed -n "$(((runs + 1) / 2))p"; }

described=$("$nv2" describe <"$dir/describe.json")
features=$(grep -om1 -w -e avx2 /proc/cpuinfo || echo "no avx2")
here="$(uname -m), $features, $(valgrind --version), glibc $(getconf GNU_LIBC_VERSION | cut -d' ' -f2), .NET $(jq -r .build.dotnet <<<"$described"), $(jq -r '.build.openssl | "\(.version) \(.linkage) \(.buildPackage)"' <<<"$described")"
there=$(sed -n 's/^# counted with: //p' "$table" 2>/dev/null || true)
{
    echo "# What whole calls cost: ./scripts/instructions.sh compares, and ./scripts/instructions.sh --update writes this file (docs/instructions.md)."
    echo "# counted with: $here"
    printf 'call\tinstructions\tpage faults\n'
} >"$dir/table"

status=0
for call in "${calls[@]}"; do
    IFS=$'\t' read -r name input command <<<"$call"
    instructions=$(count "$input" "$command")
    page_faults=$(for ((run = 0; run < runs; run++)); do faults "$input" "$command"; done | median)
    printf '%s\t%s\t%s\n' "$name" "$instructions" "$page_faults" >>"$dir/table"
    IFS=$'\t' read -r _ instructions_before faults_before < <(grep "^$name"$'\t' "$table" 2>/dev/null || printf '\t0\t0\n') || true
    printf '%-28s%12d instructions (%+6.1f %%) %6d page faults (%+6.1f %%)\n' "$name" \
        "$instructions" "$(awk -v a="$instructions" -v b="$instructions_before" 'BEGIN { print b ? 100 * (a - b) / b : 0 }')" \
        "$page_faults" "$(awk -v a="$page_faults" -v b="$faults_before" 'BEGIN { print b ? 100 * (a - b) / b : 0 }')"
    if [[ $update == false && $here == "$there" ]]; then
        if ((instructions_before == 0)); then
            echo "instructions.sh: '$name' is not in $table: write the file again with --update" >&2
            status=1
        elif ((instructions * 100 > instructions_before * (100 + margin))); then
            echo "instructions.sh: '$name' takes more instructions than $table says, by more than $margin %" >&2
            status=1
        fi
    fi
done

if [[ $update == true ]]; then
    cp "$dir/table" "$table"
elif [[ $here != "$there" ]]; then
    echo "not compared: $table was counted with $there, and this is $here"
fi
exit "$status"
