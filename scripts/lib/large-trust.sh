#!/usr/bin/env bash
# Makes a large trust home: scripts/lib/large-trust.sh NV2 DIR REPOSITORY CERTIFICATE KEY. Its policy has 100 statements of 100 scopes, one of them REPOSITORY. Its store has
# CERTIFICATE, and 1000 authorities in 20 files. KEY is any key on P-256: the authorities differ only in their names.
set -euo pipefail
nv2=$1 dir=$2 repository=$3 certificate=$4 key=$5
store=$dir/truststore/x509/ca/large

mkdir -p "$dir"
"$nv2" trust add large "$certificate" --trust-home "$dir" >/dev/null 2>&1
for file in {1..20}; do
    for number in {1..50}; do
        openssl req -x509 -key "$key" -days 30 -subj "/C=US/O=Authority/CN=Authority $file $number" -addext basicConstraints=critical,CA:TRUE \
            -addext keyUsage=critical,keyCertSign,cRLSign 2>/dev/null
    done >"$store/$file.pem"
done
chmod 644 "$store"/*.pem

statement='{name: "team \($team)", registryScopes: [range(100) | "registry.example.com/team-\($team)/app-\(.)"], signatureVerification: {level: "strict"},
    trustStores: ["ca:large"], trustedIdentities: ["*"]}'
jq -n --arg repository "$repository" "{version: \"1.0\", trustPolicies: [range(100) as \$team | $statement]} | .trustPolicies[99].registryScopes[99] = \$repository" \
    >"$dir/trustpolicy.json"
chmod 644 "$dir/trustpolicy.json"
