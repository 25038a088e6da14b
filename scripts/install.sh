#!/bin/sh
# Installs nv2 from a release, and removes it again (docs/installing.md).
#
#   install.sh [FACE[=DIR]...] [OPTION...]
#   install.sh --uninstall [--prefix DIR] [--force]
#
# Faces; without one, those that are installed already, and at first cli:
#   cli         nv2, its man pages and its completion, below the prefix
#   docker      the plug-in of docker's client: in ~/.docker/cli-plugins, or for all users when root installs
#   notation    the plug-in of notation: in ~/.config/notation/plugins/nv2
#   containerd  the image verifier of containerd: in /opt/containerd/image-verifier/bin
#
#   --prefix DIR          where cli goes: default ~/.local, for root /usr/local. DIR/share/nv2/installed says what is installed
#   --from FOLDER_OR_URL  where the files of the release are: default the folder of this script, then the release's page
#   --version VERSION     which release: default the one that this script is of
#   --root FILE_OR_SHA256 the root certificate of the release key, or its SHA-256: default the one that this script was released with
#   --force               replaces and removes files, too, that this script did not install, or that were changed since
#   --uninstall           removes what is installed below the prefix and beside it, and nothing else
#
# Nothing is installed whose checksum is not in a list that the release key signed: it needs openssl for that. All of it is installed, or nothing.
set -eu
LC_ALL=C
export LC_ALL
umask 022

# scripts/release.sh writes these three.
release_version=''
release_url=''
release_root=''

tab=$(printf '\t')
newline='
'

fail() {
    printf 'install.sh: %s\n' "$1" >&2
    shift
    for hint; do
        printf 'hint: %s\n' "$hint" >&2
    done
    exit 1
}

usage() {
    printf 'install.sh: %s\n' "$1" >&2
    # A script that comes through a pipe cannot read itself.
    [ ! -r "$0" ] || sed -n '3,/^# Nothing/{/^# Nothing/d;s/^# \{0,1\}//p;}' "$0" >&2
    exit 2
}

# absolute PATH: it is written into a list with one entry a line.
absolute() {
    case $1 in
        '' | /) usage "a folder is '$1': expected a path below /" ;;
        *"$tab"* | *"$newline"*) usage "the path of a folder has a tab or a line break: expected one without" ;;
        /*) printf '%s\n' "${1%/}" ;;
        *) printf '%s\n' "$PWD/${1%/}" ;;
    esac
}

home() {
    [ -n "${HOME:-}" ] || fail "HOME is not set: expected the folder of the user" "name the folder: $1=DIR, or --prefix DIR"
    printf '%s\n' "$HOME"
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# default_folder FACE: where its host looks.
default_folder() {
    case $1 in
        docker)
            if [ -z "${DOCKER_CONFIG:-}" ] && is_root; then
                echo /usr/local/lib/docker/cli-plugins
            else
                printf '%s\n' "${DOCKER_CONFIG:-$(home docker)/.docker}/cli-plugins"
            fi
            ;;
        notation) printf '%s\n' "${XDG_CONFIG_HOME:-$(home notation)/.config}/notation/plugins/nv2" ;;
        containerd) echo /opt/containerd/image-verifier/bin ;;
    esac
}

hash_of() { sha256sum <"$1" | cut -d ' ' -f 1; }

# --- the record of what is installed ------------------------------------------------------------------------------------
# Lines of "version VERSION", "face NAME DIR", "folder PATH" for each folder that was made, and "file SHA256 PATH".

recorded() { [ ! -e "$record" ] || sed -n "s/^$1 //p" "$record"; }
recorded_files() { recorded file | cut -d ' ' -f 2- | sort -u; }
# Of a run that was killed, the record has what was, and after it what was to be.
recorded_folder() { recorded "face $1" | tail -n 1; }

# is_recorded PATH: whether the file is as this script installed it.
is_recorded() { [ -e "$record" ] && [ -f "$1" ] && [ ! -L "$1" ] && grep -Fqx -- "file $(hash_of "$1") $1" "$record"; }

# Beside the place of each file, for as long as it is being replaced. containerd runs every file in its folder, so that they must not be there.
beside() {
    case ${1%/*} in
        "$containerd") printf '%s\n' "${containerd%/*}/$2" ;;
        *) printf '%s\n' "${1%/*}/$2" ;;
    esac
}
staged() { beside "$1" ".${1##*/}.nv2-new"; }
previous() { beside "$1" ".${1##*/}.nv2-old"; }

# What another run left that was killed in the middle. Each file is whole, as it was or as it is to be, and the record knows both.
clean_up() {
    recorded_files | while IFS= read -r path; do
        rm -f "$(staged "$path")" "$(previous "$path")"
    done
}

open_record() {
    record=$prefix/share/nv2/installed
    containerd=$(recorded_folder containerd)
    : "${containerd:=$(default_folder containerd)}"
    if [ -e "$record" ]; then
        [ -n "$(find "$record" -prune -type f -user "$(id -u)")" ] || fail "$record is another user's: expected one of the user who runs this script"
        [ "$(sed -n 1p "$record")" = 'nv2-installed 1' ] || fail "$record begins with another line than 'nv2-installed 1': it is of another version of this script"
    fi
}

lock() {
    exec 9<"$prefix/share/nv2"
    ! command -v flock >/dev/null || flock -n 9 || fail "another run of this script works on $prefix" "wait until it ends"
}

# --- the release --------------------------------------------------------------------------------------------------------

# get NAME: a file of the release, into the working folder.
get() {
    case $from in
        http://* | https://*)
            if command -v curl >/dev/null; then
                curl -fsSL -o "$work/$1" "$from/$1" || fail "cannot download $from/$1"
            elif command -v wget >/dev/null; then
                wget -q -O "$work/$1" "$from/$1" || fail "cannot download $from/$1"
            else
                fail "neither curl nor wget is installed: expected one of them to download the release" "install one of them, or download the files and name their folder: --from FOLDER"
            fi
            ;;
        *) cp -- "$from/$1" "$work/$1" || fail "cannot read $from/$1" ;;
    esac
}

# Text of base64url, without padding, on standard input.
decode() { tr -- '-_' '+/' | awk '{ while (length($0) % 4) $0 = $0 "="; print }' | openssl base64 -d -A; }

# member NAME: a string of the signature, which has one JSON object.
member() { sed -n "s/.*\"$1\":\"\\([A-Za-z0-9_-]*\\)\".*/\\1/p" "$work/signature"; }

refuse() { fail "the signature of $checksums is not valid: $1" "do not install this release; download it again from $release_page"; }

# The signature of the list of checksums: a JWS (RFC 7515) in the Notary Project's format for blobs. Whatever is taken from it and is not what was signed
# makes the signature invalid.
verify_signature() {
    command -v openssl >/dev/null || fail "openssl is not installed: expected it, to check the signature of the release" "install the package openssl"
    [ -n "$root_file$root_hash" ] || fail "no root certificate of the release key is known: expected one to check the signature of the release by" "name it: --root FILE, or --root SHA256 of it"

    { tr -d ' \r\n' <"$work/$checksums.jws.sig" && echo; } >"$work/signature"
    printf '%s.%s' "$(member protected)" "$(member payload)" >"$work/signed"
    member signature | decode >"$work/value" || refuse "it is malformed"
    header=$(member protected | decode) || refuse "it is malformed"
    payload=$(member payload | decode) || refuse "it is malformed"

    # The chain: the signer first, the root last. The root is trusted because of its hash or of the file, never because it is in the chain.
    sed -n 's/.*"x5c":\[\([^]]*\)\].*/\1/p' "$work/signature" | tr -d '"' | tr ',' '\n' >"$work/x5c"
    while IFS= read -r der; do
        printf '%s' "$der" | openssl base64 -d -A >"$work/der"
        openssl x509 -inform der -in "$work/der" -out "$work/pem" 2>/dev/null || refuse "a certificate of its chain is malformed"
        [ -e "$work/signer.crt" ] || cp "$work/pem" "$work/signer.crt"
        cat "$work/pem" >>"$work/chain.crt"
        if [ "$(hash_of "$work/der")" = "$root_hash" ]; then cp "$work/pem" "$work/root.crt"; fi
    done <"$work/x5c"
    [ -e "$work/signer.crt" ] || refuse "it has no certificates"
    if [ -n "$root_file" ]; then cp -- "$root_file" "$work/root.crt"; fi
    [ -e "$work/root.crt" ] || refuse "its chain has no certificate with the SHA-256 $root_hash"

    # By this one root: with -CAfile, openssl would add the machine's own certificates, which must not decide about a release.
    outcome=$(openssl verify -trusted "$work/root.crt" -untrusted "$work/chain.crt" "$work/signer.crt" 2>&1) ||
        refuse "its signer is not trusted ($(printf '%s' "$outcome" | sed -n 's/^error [0-9]* at [0-9]* depth lookup: *//p' | head -n 1))"

    openssl x509 -in "$work/signer.crt" -noout -pubkey >"$work/signer.pub"
    algorithm=$(printf '%s' "$header" | sed -n 's/.*"alg":"\([A-Z0-9]*\)".*/\1/p')
    case $algorithm in
        PS256 | PS384 | PS512) set -- -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest ;;
        ES256 | ES384 | ES512)
            # Two numbers of the same width; openssl takes them as a sequence in DER.
            digits=$(od -An -v -tx1 "$work/value" | tr -d ' \n')
            half=$((${#digits} / 2))
            printf 'asn1=SEQUENCE:value\n[value]\nr=INTEGER:0x%s\ns=INTEGER:0x%s\n' "$(printf '%s' "$digits" | cut -c "1-$half")" "$(printf '%s' "$digits" | cut -c "$((half + 1))-")" >"$work/numbers"
            openssl asn1parse -genconf "$work/numbers" -noout -out "$work/value" >/dev/null 2>&1 || refuse "it is malformed"
            set --
            ;;
        *) refuse "its algorithm is '$algorithm': expected PS256, PS384, PS512, ES256, ES384 or ES512" ;;
    esac
    bits=${algorithm#??}
    openssl dgst "-sha$bits" "$@" -verify "$work/signer.pub" -signature "$work/value" "$work/signed" >/dev/null 2>&1 || refuse "integrity"

    # What was signed: an artifact in the sense of the Notary Project, without a condition that this script does not know.
    case $header in
        *'"crit":["io.cncf.notary.signingScheme"]'*) ;;
        *) refuse "it has other critical headers than io.cncf.notary.signingScheme" ;;
    esac
    case $header in
        *'"cty":"application/vnd.cncf.notary.payload.v1+json"'*) ;;
        *) refuse "it signs no payload of the Notary Project" ;;
    esac
    signed=$(printf '%s' "$payload" | sed -n 's/^{"targetArtifact":{.*"digest":"\(sha[0-9]*:[0-9a-f]*\)".*/\1/p')
    actual=sha$bits:$(openssl dgst "-sha$bits" -r "$work/$checksums" | cut -d ' ' -f 1)
    [ "$signed" = "$actual" ] || refuse "digest mismatch: the file has $actual, the signature covers ${signed:-none}"
}

verify_checksum() {
    expected=''
    while read -r sum name; do
        if [ "$name" = "$archive" ]; then expected=$sum; fi
    done <"$work/$checksums"
    [ -n "$expected" ] || fail "$checksums does not list $archive: this release is not for this machine"
    actual=$(hash_of "$work/$archive")
    [ "$actual" = "$expected" ] || fail "checksum mismatch: $archive has the SHA-256 $actual, the signed list says $expected" "download it again: it was changed or cut off"
}

get_release() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64 | Linux-amd64) architecture=amd64 ;;
        Linux-aarch64 | Linux-arm64) architecture=arm64 ;;
        *) fail "there is no release for $(uname -s) on $(uname -m): expected Linux on x86_64 or aarch64" ;;
    esac

    if [ -z "$from" ] && [ -n "$(find "$script_folder" -maxdepth 1 -name "nv2_${version:-*}_checksums.txt" 2>/dev/null)" ]; then from=$script_folder; fi
    if [ -z "$from" ] && [ -n "$release_url" ]; then from=$release_url/download/v$version; fi
    [ -n "$from" ] || fail "it is not known where the release is" "name its folder or address: --from FOLDER_OR_URL. To install from a checkout: scripts/install-local.sh"
    if [ -z "$version" ]; then
        case $from in http://* | https://*) fail "the version of the release is not known" "name it: --version VERSION" ;; esac
        [ -d "$from" ] || fail "$from is no folder: expected the folder with the files of a release"
        version=$(find "$from/" -maxdepth 1 -name 'nv2_*_checksums.txt' | sed 's:.*/nv2_\(.*\)_checksums\.txt$:\1:')
        case $version in
            '') fail "$from has no list of checksums: expected one file nv2_VERSION_checksums.txt" ;;
            *"$newline"*) fail "$from has several releases: expected one" "choose one: --version VERSION" ;;
        esac
    fi
    printf '%s' "$version" | grep -Eqx '[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.-]+)?' || fail "the version is '$version': expected three numbers, such as 1.0.0"
    checksums=nv2_${version}_checksums.txt
    archive=nv2_${version}_linux_$architecture.tar.gz
    release_page=${release_url:-where you got it}

    get "$checksums"
    get "$checksums.jws.sig"
    verify_signature
    get "$archive"
    verify_checksum
    mkdir "$work/unpacked"
    tar -xzf "$work/$archive" -C "$work/unpacked" || fail "cannot unpack $archive"
}

# --- installing ---------------------------------------------------------------------------------------------------------

# Lines of "FACE DIR": those that were asked for, or those that are installed. A face that is installed stays where it is, unless another folder is named.
choose_faces() {
    [ -n "$faces" ] || faces=$(recorded face | cut -d ' ' -f 1 | sort -u)
    printf '%s\n' "${faces:-cli}" >"$work/asked"
    while IFS= read -r face; do
        folder=''
        case $face in
            cli) folder=$prefix ;;
            *=*) folder=$(absolute "${face#*=}") ;;
            *) folder=$(recorded_folder "$face") ;;
        esac
        face=${face%%=*}
        if [ -z "$folder" ]; then
            folder=$(default_folder "$face")
            folder=$(absolute "$folder")
        fi
        ! grep -q "^$face " "$work/faces" || usage "the face '$face' is named twice"
        printf '%s %s\n' "$face" "$folder" >>"$work/faces"
        if [ "$face" = containerd ]; then containerd=$folder; fi
    done <"$work/asked"
}

# plan MODE SOURCE PATH
plan() { printf '%s\t%s\t%s\n' "$1" "$work/unpacked/$2" "$3" >>"$work/plan"; }

plan_faces() {
    plan 644 LICENSE "$prefix/share/doc/nv2/LICENSE"
    while read -r face folder; do
        case $face in
            cli)
                plan 755 nv2 "$folder/bin/nv2"
                (cd "$work/unpacked" && find share -type f | sort) >"$work/shared"
                while IFS= read -r name; do plan 644 "$name" "$folder/$name"; done <"$work/shared"
                ;;
            docker) plan 755 nv2 "$folder/docker-nv2" ;;
            notation) plan 755 nv2 "$folder/notation-nv2" ;;
            containerd) plan 755 nv2 "$folder/nv2" ;;
        esac
    done <"$work/faces"
}

# What is in the way: nothing is replaced that this script did not install.
refuse_conflicts() {
    conflicts=''
    while IFS=$tab read -r _ _ path; do
        [ ! -d "$path" ] || fail "$path is a folder: expected a file, or nothing"
        if { [ -e "$path" ] || [ -L "$path" ]; } && ! is_recorded "$path" && [ "$force" = no ]; then conflicts="$conflicts $path"; fi
    done <"$work/plan"
    [ -z "$conflicts" ] || fail "there are files that this script did not install, or that were changed since:$conflicts" "remove them, or replace them with --force"
}

# note_folder PATH: each folder on the way that is to be made, and so to be removed again.
note_folder() {
    [ ! -d "$1" ] || return 0
    note_folder "$(dirname "$1")"
    grep -Fqx -- "folder $1" "$work/folders" || printf 'folder %s\n' "$1" >>"$work/folders"
}

note_outcome() {
    note_folder "$prefix/share/nv2"
    while IFS=$tab read -r _ source path; do
        note_folder "${path%/*}"
        printf 'file %s %s\n' "$(hash_of "$source")" "$path" >>"$work/files"
    done <"$work/plan"
}

make_folder() { mkdir -p -- "$1" 2>"$work/error" || fail "cannot make the folder $1: $(cat "$work/error")"; }

stage() {
    while IFS=$tab read -r mode source path; do
        make_folder "${path%/*}"
        new=$(staged "$path")
        rm -f -- "$new"
        printf '%s\n' "$new" >>"$work/temporary"
        { cp -- "$source" "$new" && chmod "$mode" "$new"; } 2>"$work/error" || fail "cannot write into ${new%/*}: $(cat "$work/error")"
        # The first program of all: it must run here, and say what it is.
        if [ "$mode" = 755 ] && [ -z "$said" ]; then
            said=$("$new" --version 2>&1) || fail "the program does not run on this machine: $said" "it needs the GNU C library (glibc) 2.36 or later, and a folder from which programs may run"
            [ "$said" = "$version" ] || fail "the program says that it is version '$said': expected $version"
        fi
    done <"$work/plan"
}

# write_record LINES…: as a whole, in the place of the one that is there.
write_record() {
    { echo 'nv2-installed 1' && printf 'version %s\n' "$version" && cat -- "$@"; } >"$record.new"
    mv -f "$record.new" "$record"
}

replace() {
    while IFS=$tab read -r _ _ path; do
        if [ -e "$path" ] || [ -L "$path" ]; then
            old=$(previous "$path")
            rm -f "$old"
            # A second name for the same file: there is no moment without it. Where there are no such names, a copy.
            ln -- "$path" "$old" 2>/dev/null || cp -pP -- "$path" "$old" || fail "cannot keep $path"
            printf 'replaced\t%s\n' "$path" >>"$work/replaced"
        else
            printf 'new\t%s\n' "$path" >>"$work/replaced"
        fi
        mv -f -- "$(staged "$path")" "$path" || fail "cannot write $path"
    done <"$work/plan"
}

install() {
    work=$(mktemp -d)
    said=''
    for file in plan faces folders files temporary replaced old-record; do : >"$work/$file"; done
    trap 'finish $?' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP

    choose_faces
    get_release
    plan_faces
    note_outcome
    make_folder "$prefix/share/nv2"
    lock
    [ ! -e "$record" ] || cp "$record" "$work/old-record"
    refuse_conflicts
    clean_up

    # First what is to be, beside what is: a run that is killed from here on leaves only what the record knows.
    sed -n '/^version /d;2,$p' "$work/old-record" >"$work/old-lines"
    sed 's/^/face /' "$work/faces" >"$work/new-faces"
    : >"$work/recording"
    write_record "$work/old-lines" "$work/new-faces" "$work/folders" "$work/files"
    stage
    replace
    # Then what is: of what was there before, that which this run did not replace.
    cut -f 3- "$work/plan" >"$work/paths"
    while IFS= read -r line; do
        case $line in
            file\ *) if grep -Fqx -- "${line#file * }" "$work/paths"; then continue; fi ;;
            face\ *)
                name=${line#face }
                if grep -q "^face ${name%% *} " "$work/new-faces"; then continue; fi
                ;;
        esac
        printf '%s\n' "$line"
    done <"$work/old-lines" >"$work/kept"
    write_record "$work/kept" "$work/new-faces" "$work/folders" "$work/files"
    : >"$work/committed"
    while IFS=$tab read -r _ path; do rm -f -- "$(previous "$path")"; done <"$work/replaced"

    cut -f 3- "$work/plan"
    case :${PATH:-}: in
        *":$prefix/bin:"*) ;;
        *) ! grep -q '^cli ' "$work/faces" || echo "hint: $prefix/bin is not in PATH" >&2 ;;
    esac
}

# finish STATUS: at the end, however it comes. Unless all is done, what was there is put back.
finish() {
    trap - EXIT
    trap '' INT TERM HUP
    set +e # One step that fails must not leave out the others.
    if [ ! -e "$work/committed" ]; then
        while IFS=$tab read -r kind path; do
            old=$(previous "$path")
            if [ "$kind" = new ]; then
                rm -f -- "$path"
            elif cmp -s "$old" "$path"; then
                rm -f -- "$old" # The same file under two names cannot be renamed.
            else
                mv -f -- "$old" "$path" || printf 'install.sh: %s is not restored: what it was is in %s\n' "$path" "$old" >&2
            fi
        done <"$work/replaced"
        if [ -e "$work/recording" ] && [ -s "$work/old-record" ]; then
            cp "$work/old-record" "$record.new" && mv -f "$record.new" "$record"
        elif [ -e "$work/recording" ]; then
            rm -f "$record" "$record.new"
        fi
    fi
    while IFS= read -r path; do rm -f -- "$path"; done <"$work/temporary"
    [ -e "$work/committed" ] || remove_folders <"$work/folders"
    rm -rf "$work"
    exit "$1"
}

# Lines of "folder PATH" on standard input: those that are empty are removed, the innermost first.
remove_folders() {
    sed -n 's/^folder //p' | sort -ru | while IFS= read -r path; do
        rmdir -- "$path" 2>/dev/null || true
    done
}

# --- removing -----------------------------------------------------------------------------------------------------------

uninstall() {
    [ -e "$record" ] || fail "nothing is installed below $prefix: $record is missing" "name the prefix that it was installed with: --prefix DIR"
    lock
    clean_up

    changed=$(recorded_files | while IFS= read -r path; do
        if { [ -e "$path" ] || [ -L "$path" ]; } && ! is_recorded "$path"; then printf ' %s' "$path"; fi
    done)
    [ -z "$changed" ] || [ "$force" = yes ] || fail "there are files that were changed since they were installed; nothing is removed:$changed" "remove them all the same with --force"
    recorded_files | while IFS= read -r path; do
        [ ! -d "${path%/*}" ] || [ -w "${path%/*}" ] || fail "cannot write into ${path%/*}: nothing is removed"
    done

    recorded_files | while IFS= read -r path; do
        rm -f -- "$path"
        printf 'removed: %s\n' "$path"
    done
    folders=$(grep '^folder ' "$record") || true
    guarded=$(recorded_folder containerd)
    rm -f -- "$record" "$record.new"
    printf '%s\n' "$folders" | remove_folders
    [ -z "$guarded" ] || echo "note: $guarded has no nv2 any more. If no other verifier is in it, containerd pulls every image" >&2
}

main() {
    prefix='' from='' version=$release_version root=$release_root force=no uninstall=no faces=''
    # Where this script is; of one that comes through a pipe, that is not known.
    script_folder=''
    case $0 in */*install.sh | install.sh) script_folder=$(cd "$(dirname "$0")" && pwd) ;; esac

    while [ $# -gt 0 ]; do
        case $1 in
            --prefix | --from | --version | --root)
                [ $# -ge 2 ] || usage "$1 has no value"
                case $1 in
                    --prefix) prefix=$(absolute "$2") ;;
                    --from) from=${2%/} ;;
                    --version) version=${2#v} ;;
                    --root) root=$2 ;;
                esac
                shift
                ;;
            --force) force=yes ;;
            --uninstall) uninstall=yes ;;
            cli | docker | notation | containerd | docker=* | notation=* | containerd=*) faces=$faces${faces:+$newline}$1 ;;
            *) usage "unknown argument '$1'" ;;
        esac
        shift
    done

    if [ -z "$prefix" ]; then
        if is_root; then prefix=/usr/local; else prefix=$(home cli)/.local; fi
    fi
    open_record
    if [ "$uninstall" = yes ]; then
        [ -z "$faces" ] || usage "a face cannot be combined with --uninstall, which removes all of them"
        uninstall
        return
    fi

    root_file='' root_hash=''
    if [ -f "$root" ]; then
        root_file=$root
    elif [ -n "$root" ]; then
        root_hash=$(printf '%s' "$root" | tr -d ':' | tr '[:upper:]' '[:lower:]')
        printf '%s' "$root_hash" | grep -Eqx '[0-9a-f]{64}' || fail "--root is '$root': expected a file, or the SHA-256 of a certificate in hexadecimal digits"
    fi
    install
}

# All of it is read before the first line runs: a script that was cut off does nothing.
main "$@"
