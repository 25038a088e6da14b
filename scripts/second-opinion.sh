#!/usr/bin/env bash
# Compares nv2's decisions about generated certificate chains with openssl's and BouncyCastle's: ./scripts/second-opinion.sh COUNT [SEED].
# Prints how often all agree and how often they disagree, kind by kind; docs/second-opinion.md explains the kinds. Fails if a case is not explained, and leaves its
# certificates and the openssl command in artifacts/second-opinion. The same COUNT and SEED make the same chains; only keys and signatures are new.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

[[ ${1:-} =~ ^[0-9]+$ && ${2:-1} =~ ^[0-9]+$ && $1 -ge 4 ]] || {
    echo "usage: second-opinion.sh COUNT [SEED], with a COUNT of chains, at least 4: they are made in fours" >&2
    exit 1
}
require_build_tools
require_packages openssl=openssl

export NV2_SECOND_OPINION_COUNT=$1 NV2_SECOND_OPINION_SEED=${2:-1}
NV2_SECOND_OPINION_FOLDER=$PWD/artifacts/second-opinion
NV2_SECOND_OPINION_REPORT=$NV2_SECOND_OPINION_FOLDER/report.txt
export NV2_SECOND_OPINION_FOLDER NV2_SECOND_OPINION_REPORT
rm -rf "${NV2_SECOND_OPINION_FOLDER:?}"
mkdir -p "$NV2_SECOND_OPINION_FOLDER"

log=$NV2_SECOND_OPINION_FOLDER/test.log
status=0
dotnet test tests/Nv2.Signing.Tests -c Release --nologo --filter FullyQualifiedName~SecondOpinion.SecondOpinionTests >"$log" 2>&1 || status=$?
if [[ -e $NV2_SECOND_OPINION_REPORT ]]; then
    cat "$NV2_SECOND_OPINION_REPORT"
else
    cat "$log" >&2
fi
exit "$status"
