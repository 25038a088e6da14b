#!/usr/bin/env bash
# Runs all tests: ./scripts/test.sh. It publishes the native binary in both kinds first, because most tests run it, and installs the required programs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

require_build_tools
require_packages openssl=openssl jose=jose certtool=gnutls-bin umoci=umoci skopeo=skopeo jq=jq strace=strace readelf=binutils docker-registry=docker-registry htpasswd=apache2-utils podman=podman buildah=buildah docker=docker.io \
    "/usr/lib/python3/dist-packages/jsonschema/__init__.py=python3-jsonschema" setpriv=util-linux
# For keys: a software token, its tools and p11-kit's proxy; Java's key stores; and gdb, to search memory for passphrases.
require_packages softhsm2-util=softhsm2 pkcs11-tool=opensc "/usr/lib/*/p11-kit-proxy.so=p11-kit-modules" keytool=default-jre-headless gdb=gdb script=bsdutils xxd=xxd \
    ssh-keygen=openssh-client /usr/sbin/sshd=openssh-server
# deploy/kubernetes: kubectl 1.21 or later, which supports kustomize components.
require_packages shellcheck=shellcheck kubectl=kubernetes-client "/usr/lib/python3/dist-packages/yaml/__init__.py=python3-yaml"
# The hosts in docs/protocol.md, in Python, Go and shell.
require_packages python3=python3 "/usr/lib/python3*/urllib/request.py=python3" go=golang-go curl=curl
# The downloads of scripts/install.sh.
require_packages wget=wget cmp=diffutils
# Shells for completion, and man for the man pages.
require_packages bash=bash zsh=zsh fish=fish man=man-db groff=groff-base

# No recompilation by profile: it takes a fifth of the time of compilers and tests, which end before they gain from it.
export DOTNET_TieredPGO=0
dotnet tool restore >/dev/null
dotnet csharpier check .
dotnet build Nv2Plugin.sln -c Release --nologo

# A snapshot that is missing is a failure, not a new snapshot.
export SNAPSHOOTER_STRICT_MODE=true
results=$(mktemp -d)
trap 'jobs -p | xargs -r kill 2>/dev/null; rm -rf "$results"' EXIT
status=0
run() { dotnet test "tests/$1" -c Release --no-build --nologo --logger "trx;LogFileName=$2.trx" --results-directory "$results" "${@:3}"; }

# At once. The tests of the library need no binary.
run Nv2.Signing.Tests Nv2.Signing.Tests &
running=($!)
./scripts/publish.sh
NV2_OPENSSL=system ./scripts/publish.sh artifacts/bin/system
run Nv2.EndToEnd.Tests Nv2.EndToEnd.Tests -- xUnit.MaxParallelThreads=3 & # They wait for registries, shells and daemons.
running+=($!)
run Nv2.Plugin.Tests Nv2.Plugin.Tests &
running+=($!)
for one in "${running[@]}"; do
    wait "$one" || status=$?
done

# Again with the machine's OpenSSL: signing, verifying, the version, and the isolation from the machine's trust.
for project in Nv2.Plugin.Tests Nv2.EndToEnd.Tests; do
    NV2_OPENSSL=system NV2_BINARY=$PWD/artifacts/bin/system/nv2 run "$project" "$project.system" --filter OpenSsl=Any || status=$?
done

# The sum of all test projects, in one line.
counters() { grep -ho "$1=\"[0-9]*\"" "$results"/*.trx | grep -o '[0-9]*' | awk '{ sum += $1 } END { print sum + 0 }'; }
if ! compgen -G "$results/*.trx" >/dev/null; then
    echo "test.sh: no test ran" >&2
    exit 1
fi
# The skipped tests, by name and reason: no test is skipped silently.
awk '/outcome="NotExecuted"/ { match($0, /testName="[^"]*"/); name = substr($0, RSTART + 10, RLENGTH - 11) }
    /<StdOut>|<Message>/ && name { sub(/.*<(StdOut|Message)>/, ""); sub(/<.*/, ""); print "skipped: " name ": " $0; name = "" }
    /<\/UnitTestResult>/ && name { print "skipped: " name; name = "" }' "$results"/*.trx

echo "$(counters passed) passed, $(counters failed) failed, $(cat "$results"/*.trx | grep -c 'outcome="NotExecuted"' || true) skipped"
exit "$status"
