#!/bin/sh
# Installs nv2 as containerd's image verifier on a node, or removes it. A container of a DaemonSet runs it (docs/kubernetes.md).
#   node.sh install                 copies the programs, the settings and the trust to the node
#   node.sh remove                  removes them from the node; containerd then pulls without verification
#   node.sh keep install|remove     does the same now, and again every minute
#   node.sh check install|remove    checks whether the node is in that state, and changes nothing
# Variables, each with its default:
#   NODE_ROOT=/host                 where the node's root folder is mounted
#   NODE_CONFIG=/config             settings/, trust/, and perhaps credentials/ and drop-in/
#   NODE_PROGRAMS=/usr/local/bin    nv2, and the transfer program that the settings name
#   NODE_CONTAINERD=containerd      containerd's program on the node, with its options
#   NODE_RESTART='nsenter …'        the command that restarts containerd; only for drop-in/
set -eu
umask 022

root=${NODE_ROOT:-/host}
config=${NODE_CONFIG:-/config}
programs=${NODE_PROGRAMS:-/usr/local/bin}
containerd=${NODE_CONTAINERD:-containerd}
restart=${NODE_RESTART:-nsenter --target 1 --mount -- systemctl restart containerd}

# On the node. containerd calls every program in bin, and pulls every image while bin is empty. So new files are made elsewhere, then renamed.
verifiers=/opt/containerd/image-verifier
settings=/etc/nv2
drop_in=/etc/containerd/conf.d/nv2.toml

say() { echo "node.sh: $*"; }
fail() {
    echo "node.sh: $*" >&2
    exit 1
}

# The current folder of a ConfigMap or Secret: kubelet replaces the link ..data when the content changes.
volume() {
    if [ -e "$config/$1/..data" ]; then realpath "$config/$1/..data"; else echo "$config/$1"; fi
}

# --- Preparing

# stage: makes all new files next to the old ones, and tests them. A failure up to here changes nothing.
stage() {
    mkdir -p "$root$verifiers/bin" "$root$verifiers/programs" "$root$settings"
    rm -rf "$root$verifiers"/.new-* "$root$settings"/.new-*
    new_programs=$(mktemp -d "$root$verifiers/.new-XXXXXX")
    new_version=$(mktemp -d "$root$settings/.new-XXXXXX")
    trap 'rm -rf "$new_programs" "$new_version"' EXIT

    mkdir -p "$new_version/trust" "$new_version/home/.docker"
    cp "$(volume settings)/verifier.json" "$new_version/verifier.json"
    cp -RL "$(volume trust)"/* "$new_version/trust/"
    chmod -R u=rwX,go=rX "$new_version"
    if [ -e "$config/credentials/config.json" ]; then
        (umask 077 && cp "$(volume credentials)/config.json" "$new_version/home/.docker/config.json")
    fi

    transfer=$(transfer_program "$new_version/verifier.json")
    for program in nv2 $transfer; do
        cp "$programs/$program" "$new_programs/$program"
        chmod 755 "$new_programs/$program"
    done

    # Flushed to the disk before it is renamed: after a power failure, an incomplete program would block every pull.
    sync "$new_programs"/* "$new_version/verifier.json"
    try_programs
    try_trust
}

# transfer_program SETTINGS: the program that the settings name, or nothing.
transfer_program() { tr -d '\n' <"$1" | sed -n 's/.*"transfer"[[:space:]]*:[[:space:]]*"\([a-z]*\)".*/\1/p'; }

# With the libraries of the node. Without a descriptor, the verifier fails, but only after it has read its settings.
try_programs() {
    said=$(env "NV2_VERIFIER_CONFIG=${new_version#"$root"}/verifier.json" chroot "$root" "${new_programs#"$root"}/nv2" \
        -name nv2.invalid/check:v1 -digest "sha256:$(printf '%064d' 0)" -stdin-media-type application/vnd.oci.descriptor.v1+json </dev/null 2>&1) || true
    case $said in
        'not verified: the descriptor is not '*) ;;
        *) fail "nv2 cannot verify on this node: $said" ;;
    esac
    [ -z "$transfer" ] || said=$(chroot "$root" "${new_programs#"$root"}/$transfer" --help 2>&1) || fail "$transfer does not run on this node: $said"
}

# Checks that the policy, the stores and nv2's own settings can be read, and that no store is missing.
try_trust() {
    home=$new_version/trust
    policy=$home/trustpolicy.oci.json
    [ -e "$policy" ] || policy=$home/trustpolicy.json
    [ -e "$policy" ] || fail "the trust has no trustpolicy.json"
    said=$("$programs/nv2" trust list --trust-home "$home" 2>&1) || fail "the trust cannot be used: $said"
    said=$("$programs/nv2" trust check --json --trust-home "$home" nv2.invalid/check:v1 2>&1) || true
    case $said in
        '{'*) ;;
        *) fail "the trust cannot be used: $said" ;;
    esac
    for store in $(grep -oE '"(ca|signingAuthority|tsa):[A-Za-z0-9_.-]+"' "$policy" | tr -d '"'); do
        [ -d "$home/truststore/x509/${store%%:*}/${store#*:}" ] || fail "the trust policy names $store, but the trust has no truststore/x509/${store%%:*}/${store#*:}"
    done
}

# --- Installing

# commit: one rename for each part. A first installation puts the verifier in place last, because without settings it blocks every pull. An
# upgrade does so first, because the new verifier reads old settings, and the old one might not read new ones.
commit() {
    [ -z "$transfer" ] || replace "$new_programs/$transfer" "$verifiers/programs/$transfer"
    if [ -e "$root$verifiers/bin/nv2" ]; then
        replace "$new_programs/nv2" "$verifiers/bin/nv2"
        commit_version
    else
        commit_version
        replace "$new_programs/nv2" "$verifiers/bin/nv2"
    fi
}

# replace NEW PATH: does nothing if both are the same.
replace() {
    if ! cmp -s "$1" "$root$2"; then
        mv -f "$1" "$root$2"
        say "installed $2"
    fi
}

# Settings, trust and credentials change together: one link leads to all of them. The previous version remains for calls that are reading it.
commit_version() {
    old=$(readlink "$root$settings/current" || true)
    if [ -n "$old" ] && same "$new_version" "$root$settings/$old"; then
        return
    fi
    version=version-${new_version##*.new-}
    mv "$new_version" "$root$settings/$version"
    link "$version" "$root$settings/current"
    [ "$(readlink "$root$settings/verifier.json" || true)" = current/verifier.json ] || link current/verifier.json "$root$settings/verifier.json"
    for folder in "$root$settings"/version-*; do
        case ${folder##*/} in "$version" | "$old") ;; *) rm -rf "$folder" ;; esac
    done
    say "installed $settings/$version"
}

# link TARGET PATH
link() {
    rm -f "$2.new"
    ln -s "$1" "$2.new"
    mv -fT "$2.new" "$2"
}

same() { diff -rq "$1" "$2" >/dev/null 2>&1; }

install_verifier() {
    stage
    commit
    install_drop_in
    require_question
}

# --- containerd's settings

# A file for containerd's own settings. containerd does not start with a broken one, so it is read before it is put in place.
install_drop_in() {
    new=$(volume drop-in)/nv2.toml
    if [ ! -e "$new" ] || { cmp -s "$new" "$root$drop_in" && [ ! -e "$root$drop_in.restart" ]; }; then
        return
    fi
    main=$root/etc/containerd/config.toml
    grep -Eq '^imports *=.*conf\.d' "$main" ||
        fail "containerd does not read $drop_in: expected imports = [\"/etc/containerd/conf.d/*.toml\"] in /etc/containerd/config.toml"
    # Before containerd 2.3, the version in the last file counts for all of them.
    [ "$(config_version "$new")" = "$(config_version "$main")" ] ||
        fail "the drop-in has version = $(config_version "$new"): expected $(config_version "$main"), as in /etc/containerd/config.toml"
    ! cmp -s "$new" "$root$drop_in.refused" || fail "containerd did not restart with this drop-in: see its log on the node"

    mkdir -p "$root${drop_in%/*}"
    cp "$new" "$root$drop_in.new"
    said=$(dump --config "$drop_in.new" 2>&1 >/dev/null) || fail "containerd cannot read the drop-in: $said"
    rm -f "$root$drop_in.before"
    [ ! -e "$root$drop_in" ] || cp -p "$root$drop_in" "$root$drop_in.before"
    : >"$root$drop_in.restart"
    mv -f "$root$drop_in.new" "$root$drop_in"
    say "installed $drop_in; restarting containerd"
    restart_containerd || undo_drop_in
    rm -f "$root$drop_in.before" "$root$drop_in.refused"
}

undo_drop_in() {
    mv -f "$root$drop_in" "$root$drop_in.refused"
    [ ! -e "$root$drop_in.before" ] || mv -f "$root$drop_in.before" "$root$drop_in"
    restart_containerd || fail "containerd does not restart, with the drop-in or without it"
    fail "containerd does not restart with the drop-in, which is removed again"
}

# The mark remains until containerd has been restarted, so a container that is stopped earlier continues from there.
restart_containerd() {
    # shellcheck disable=SC2086 # A command with its arguments.
    $restart && rm -f "$root$drop_in.restart"
}

config_version() { sed -n 's/^version *= *\([0-9]*\).*/\1/p' "$1" | head -n 1; }

# shellcheck disable=SC2086 # A command with its arguments.
dump() { chroot "$root" $containerd "$@" config dump; }

# If containerd does not call the verifier, the pod of the node is not ready.
require_question() {
    said=$(dump 2>/dev/null) || fail "'$containerd config dump' fails on this node: name containerd's program and its options in NODE_CONTAINERD"
    reason=$(echo "$said" | awk -v bin="$verifiers/bin" '
        /^ *disabled_plugins *=.*image-verifier/ { reason = "disabled_plugins names the image verifier" }
        /^ *\[/ { section = $0; gsub(/["'\'' \[\]]/, "", section) }
        /^ *[a-z_]+ *=/ { value = $0; sub(/^[^=]*= */, "", value); gsub(/["'\'']/, "", value) }
        section ~ /image-verifier\.v1\.bindir$/ && $1 == "bin_dir" { found = value }
        section ~ /cri\.v1\.images\.registry\.(mirrors|configs|auths)\./ { reason = section " is set" }
        section !~ /cri\.v1\.images$/ { next }
        $1 == "use_local_image_pull" { local_pull = value }
        ($1 == "discard_unpacked_layers" || $1 == "image_pull_with_sync_fs") && value == "true" { reason = $1 " is true" }
        $1 == "disable_snapshot_annotations" && value == "false" { reason = $1 " is false" }
        $1 == "max_concurrent_downloads" && value != "3" { reason = $1 " is not 3" }
        END {
            if (reason != "") print reason
            else if (found == "" || local_pull == "") print "expected containerd 2.1 or later"
            else if (found != bin) print "bin_dir is " found ": expected " bin
            else if (local_pull != "false") print "use_local_image_pull is " local_pull
        }')
    [ -z "$reason" ] || fail "containerd does not ask the verifier about the images of pods: $reason"
}

# --- Removing

# First what makes containerd call the verifier, last what the verifier needs. Pulls work throughout.
remove() {
    if [ -e "$root$drop_in" ] || [ -e "$root$drop_in.restart" ]; then
        : >"$root$drop_in.restart"
        rm -f "$root$drop_in" "$root$drop_in.new" "$root$drop_in.before" "$root$drop_in.refused"
        say "removed $drop_in; restarting containerd"
        restart_containerd || fail "containerd does not restart"
    fi
    if is_removed; then
        return
    fi
    rm -f "$root$verifiers/bin/nv2"
    rm -rf "$root$verifiers/programs" "$root$verifiers"/.new-*
    rm -rf "$root$settings/verifier.json" "$root$settings/current" "$root$settings"/version-* "$root$settings"/.new-*
    say "removed nv2 from $verifiers and $settings"
}

is_removed() {
    [ ! -e "$root$drop_in" ] && [ ! -e "$root$verifiers/bin/nv2" ] && [ ! -e "$root$verifiers/programs" ] && [ ! -L "$root$settings/current" ]
}

# --- Checking

check_installed() {
    transfer=$(transfer_program "$(volume settings)/verifier.json")
    require_same "$programs/nv2" "$verifiers/bin/nv2"
    [ -z "$transfer" ] || require_same "$programs/$transfer" "$verifiers/programs/$transfer"
    require_same "$(volume settings)/verifier.json" "$settings/verifier.json"
    require_same "$(volume trust)" "$settings/current/trust"
    [ ! -e "$config/credentials/config.json" ] || require_same "$(volume credentials)/config.json" "$settings/current/home/.docker/config.json"
    [ ! -e "$config/drop-in/nv2.toml" ] || require_same "$(volume drop-in)/nv2.toml" "$drop_in"
    require_question
}

# require_same WANTED PATH
require_same() { same "$1" "$root$2" || fail "$2 is not what it should be"; }

act() {
    case $1 in
        install) (install_verifier) ;;
        remove) remove ;;
        *) usage ;;
    esac
}

usage() {
    sed -n '2,6s/^# //p' "$0" >&2
    exit 2
}

case "${1:-} ${2:-}" in
    'install ' | 'remove ') act "$1" ;;
    'check install') check_installed ;;
    'check remove') is_removed || fail "nv2 is still on the node" ;;
    'keep install' | 'keep remove')
        trap 'exit 0' TERM INT
        while :; do
            act "$2"
            sleep 60 &
            wait $!
        done
        ;;
    *) usage ;;
esac
