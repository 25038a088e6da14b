#!/usr/bin/env bash
# Builds nv2 and installs it where a host program finds it: ./scripts/install-local.sh cli|docker|notation|containerd [DIR]
#   cli         nv2            in DIR, default ~/.local/bin
#   docker      docker-nv2     in DIR, default ${DOCKER_CONFIG:-~/.docker}/cli-plugins: docker nv2 …
#   notation    notation-nv2   in DIR, default ${XDG_CONFIG_HOME:-~/.config}/notation/plugins/nv2
#   containerd  nv2            in DIR, default /opt/containerd/image-verifier/bin; its settings are in /etc/nv2/verifier.json (docs/containerd.md)
# It publishes the binary first, unless NV2_BINARY names one. scripts/install.sh installs a release instead.
set -euo pipefail
usage() { sed -n '2,7s/^# //p' "$0" >&2; exit 2; }
[[ $# -ge 1 && $# -le 2 ]] || usage
[[ -z ${NV2_BINARY:-} ]] || NV2_BINARY=$(realpath -e "$NV2_BINARY")

case $1 in
    cli) name=nv2 dir=${2:-$HOME/.local/bin} ;;
    docker) name=docker-nv2 dir=${2:-${DOCKER_CONFIG:-$HOME/.docker}/cli-plugins} ;;
    notation) name=notation-nv2 dir=${2:-${XDG_CONFIG_HOME:-$HOME/.config}/notation/plugins/nv2} ;;
    containerd) name=nv2 dir=${2:-/opt/containerd/image-verifier/bin} ;;
    *) usage ;;
esac

dir=$(realpath -m "$dir")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
if [[ -z ${NV2_BINARY:-} ]]; then
    ./scripts/publish.sh >/dev/null
    NV2_BINARY=artifacts/bin/nv2
fi

# Copied to the parent folder first, then renamed: running processes continue, and a host never finds an incomplete plug-in.
mkdir -p "$dir"
temporary=$(mktemp "$(dirname "$dir")/.nv2-XXXXXXXX")
trap 'rm -f "$temporary"' EXIT
install -m 755 "$NV2_BINARY" "$temporary"
mv -f "$temporary" "$dir/$name"
echo "$dir/$name"
