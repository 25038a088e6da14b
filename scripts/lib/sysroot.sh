#!/usr/bin/env bash
# Makes what a cross compiler needs of the target: sysroot.sh ARCHITECTURE FOLDER, such as arm64 artifacts/sysroot/arm64. In the folder are then the C library, its
# headers, and the static OpenSSL, from Debian's packages for that architecture, and packages.tsv, which names them with their versions. Nothing of this
# machine changes: no architecture and no package is added to it. A folder that is there already is left as it is: remove it for newer packages.
set -euo pipefail
[[ $# -eq 2 ]] || {
    echo "usage: sysroot.sh ARCHITECTURE FOLDER" >&2
    exit 2
}
architecture=$1
folder=$(realpath -m "$2")
[[ ! -e $folder/packages.tsv ]] || exit 0

packages=(libc6 libc6-dev linux-libc-dev libcrypt1 libcrypt-dev libgcc-s1 libssl-dev libssl3 zlib1g-dev)

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
mkdir -p "$staging/lists/partial" "$staging/cache/archives/partial" "$staging/packages" "$staging/root"

# apt as on a machine of that architecture where nothing is installed. It checks the signatures of the lists, and the hashes of the packages.
options=(-qq -o "APT::Architecture=$architecture" -o "APT::Architectures=$architecture" -o "Dir::State=$staging" -o "Dir::State::Lists=$staging/lists"
    -o Dir::State::status=/dev/null -o "Dir::Cache=$staging/cache" -o APT::Sandbox::User=root)
if ! { apt-get "${options[@]}" update && (cd "$staging/packages" && apt-get "${options[@]}" download "${packages[@]}"); } >"$staging/log" 2>&1; then
    cat "$staging/log" >&2
    echo "sysroot.sh: cannot get Debian's packages for $architecture" >&2
    exit 1
fi
for package in "$staging"/packages/*.deb; do
    dpkg-deb -x "$package" "$staging/root"
    dpkg-deb -W --showformat='${Package}\t${Version}\n' "$package" >>"$staging/root/packages.tsv"
done

mkdir -p "$(dirname "$folder")"
rm -rf "$folder"
mv "$staging/root" "$folder"
