# shellcheck shell=bash
# Sourced by the scripts that build: the machine that is built for. NV2_RID names it as .NET does; default: this machine. Sets
#   rid            linux-x64 or linux-arm64
#   architecture   the same as Debian and the names of archives have it: amd64 or arm64
#   cross          the prefix of the cross compiler's programs, such as aarch64-linux-gnu-; empty where the target is this machine
#   sysroot        with a cross compiler: the folder with the target's C library and OpenSSL
# and defines run_target, which runs a program of the target's, and require_target_tools. It needs tools.sh, and the root of the repository as working folder.

host_rid=$(scripts/lib/rid.sh) || exit 1
rid=${NV2_RID:-$host_rid}
case $rid in
    linux-x64) architecture=amd64 processor=x86_64 ;;
    linux-arm64) architecture=arm64 processor=aarch64 ;;
    *)
        echo "$(basename "$0"): NV2_RID is '$rid': expected linux-x64 or linux-arm64" >&2
        exit 1
        ;;
esac

cross=''
sysroot=''
if [[ $rid != "$host_rid" ]]; then
    cross=$processor-linux-gnu-
    sysroot=${NV2_SYSROOT:-$PWD/artifacts/sysroot/$architecture}
fi

# run_target PROGRAM ARGUMENT…: as it is, or under qemu with the target's C library.
run_target() {
    if [[ -z $cross ]]; then
        "$@"
    else
        "qemu-$processor-static" -L "$sysroot" "$@"
    fi
}

# What builds for another machine than this one, and runs the outcome.
require_target_tools() {
    [[ -n $cross ]] || return 0
    local debian=${cross%-}
    debian=${debian//_/-}
    require_packages "${cross}gcc=gcc-$debian" "${cross}objcopy=binutils-$debian" "qemu-$processor-static=qemu-user-static"
    scripts/lib/sysroot.sh "$architecture" "$sysroot"
}
