#!/usr/bin/env bash
# Makes small changes to the library and reports those that no test detects: ./scripts/mutation.sh [FOLDER …], folders of src/Nv2.Signing.
# Without arguments it covers the folders that decide about trust, one after the other. Each is a separate run of minutes to more than an hour.
# It works on a copy of the checkout, which can be edited meanwhile. For each folder it writes artifacts/mutation/FOLDER/reports/mutation-report.html
# and .json, and artifacts/mutation/FOLDER/survivors.txt, a line for each undetected change. docs/mutation.md explains the known ones.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

# The tests for a folder. All tests together take minutes; a change that only other tests would detect counts as undetected.
declare -A about=(
    [Verification]='Tests.Verification.Decision|Tests.Verification.Trust|Tests.Verification.Validity|Tests.Verification.Blob|Tests.Verification.Use|Tests.Verification.Deception|Tests.Verification.CertificateSource|Tests.Verification.StoredSignatures|Tests.Verification.MayBeTrusted|Tests.Verification.NotaryRules|Tests.Signing.SignerIdentity|Tests.Storage.Quorum|Tests.Storage.Budget|Tests.Timestamps.'
    [Certificates]='Tests.Certificates.|Tests.Policy.StoredCertificate|Tests.Verification.Path|Tests.Verification.PolicyPath|Tests.Verification.NotaryRules|Tests.Timestamps.|Tests.Verification.Chain|Tests.Verification.MalformedCertificate|Tests.Policy.TrustedIdentity'
    [Policy]='Tests.Policy.|Tests.Verification.TrustByPolicy'
    [Formats]='Tests.Formats.|Tests.Signing.|Tests.Timestamps.|Tests.Verification.Blob'
    [Storage]='Tests.Storage.'
)

folders=("$@")
((${#folders[@]} > 0)) || folders=(Verification Certificates Policy Formats Storage)
for folder in "${folders[@]}"; do
    [[ -d src/Nv2.Signing/$folder ]] || {
        echo "mutation.sh: there is no folder src/Nv2.Signing/$folder" >&2
        exit 1
    }
done

require_build_tools
# Required by the tests of the library, and to read the report.
require_packages openssl=openssl umoci=umoci tar=tar gzip=gzip jq=jq

reports=$PWD/artifacts/mutation
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' file; do
    [[ ! -e $file ]] || printf '%s\0' "$file"
done | xargs -0 cp --parents --target-directory="$copy"
cd "$copy"
# Most of the time of these tests is openssl's.
mkdir -p "$copy/artifacts/certificates"
export NV2_TESTS_REUSE_CERTIFICATES=$copy/artifacts/certificates
dotnet tool restore >/dev/null
cd tests/Nv2.Signing.Tests

for folder in "${folders[@]}"; do
    rm -rf "${reports:?}/$folder"
    mkdir -p "$reports/$folder"
    jq --arg about "${about[$folder]:-}" '."stryker-config"."test-case-filter" |=
            if $about == "" then . else "\(.)&(\($about | split("|") | map("FullyQualifiedName~" + .) | join("|")))" end' \
        stryker-config.json >"$reports/$folder/stryker-config.json"
    nice -n 10 dotnet stryker --config-file "$reports/$folder/stryker-config.json" --mutate "$folder/**/*.cs" --output "$reports/$folder" --skip-version-check
    jq -r '.files | to_entries[] | (.key | sub(".*/Nv2.Signing/"; "")) as $file | .value.mutants[] | select(.status == "Survived" or .status == "NoCoverage")
        | "\($file):\(.location.start.line):\(.location.start.column): \(.status): \(.mutatorName): \(.replacement | gsub("\\s+"; " "))"' \
        "$reports/$folder/reports/mutation-report.json" | sort -t: -k1,1 -k2,2n -k3,3n >"$reports/$folder/survivors.txt"
    echo "$folder: $reports/$folder/reports/mutation-report.html; $(wc -l <"$reports/$folder/survivors.txt") survivors in $reports/$folder/survivors.txt"
done
