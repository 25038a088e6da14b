#!/usr/bin/env bash
# Makes the nv2 binary: ./scripts/publish.sh [DIR] writes DIR/nv2 (default: artifacts/bin/nv2), and beside it DIR/nv2.build.json, the record of what it was
# made with (docs/building.md). One commit makes the same bytes in every folder, with the same tools.
#   NV2_RID=linux-arm64     for that machine, by a cross compiler; default: for this one
#   PIE=1                   at an address that the kernel chooses anew for each process, for distributions that require it; default: a fixed one, which starts faster
#   NV2_OPENSSL=system      links with the machine's own OpenSSL, for a distribution's package; default: static, OpenSSL is part of the binary
#   NV2_OPENSSL_PACKAGE=…   the package and version of that library, if dpkg does not know it
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

fail() {
    echo "publish.sh: $1" >&2
    exit 1
}

dir=${1:-artifacts/bin}
linkage=${NV2_OPENSSL:-static}
position=${PIE:-0}
[[ $position == [01] ]] || fail "PIE is '$position': expected 0 or 1"
independent=$([[ $position == 1 ]] && echo true || echo false)
case $linkage in
    static) library=libcrypto.a ;;
    system) library=libcrypto.so ;;
    *) fail "NV2_OPENSSL is '$linkage': expected static or system" ;;
esac
require_build_tools
source scripts/lib/target.sh
require_target_tools
[[ -z $cross || $linkage == static ]] || fail "NV2_OPENSSL is 'system': expected static for another machine than this one"

# The library that the linker will find, the package that it is of, and the version in the headers.
compiler=("${cross}gcc" ${sysroot:+"--sysroot=$sysroot"})
package=${NV2_OPENSSL_PACKAGE:-}
if [[ -z $package && -n $cross ]]; then
    package=$(awk -F '\t' '$1 == "libssl-dev" { print $1, $2 }' "$sysroot/packages.tsv")
elif [[ -z $package ]]; then
    path=$(realpath -e "$(gcc -print-file-name="$library")") || fail "gcc does not find $library"
    owner=$(dpkg-query -S "$path" 2>/dev/null) || fail "no package of dpkg has $path: name its package and version in NV2_OPENSSL_PACKAGE"
    # shellcheck disable=SC2016 # A dpkg format.
    package=$(dpkg-query -W -f '${Package} ${Version}' "${owner%%: *}")
fi
[[ $package =~ ^[A-Za-z0-9][A-Za-z0-9\ .+~:_-]*$ ]] ||
    fail "the package '$package' is not a name and a version: expected letters, digits, spaces and .+~:_- only"
headers=$(echo OPENSSL_VERSION_TEXT | "${compiler[@]}" -E -P -include openssl/opensslv.h - | tail -n 1)
headers=${headers//\"/}

# The current state of the sources.
commit=null
if git rev-parse -q --verify HEAD >/dev/null 2>&1; then
    commit=\"$(git rev-parse HEAD)\"
    changed=$([[ -z $(git status --porcelain) ]] && echo false || echo true)
fi

# Built elsewhere and moved into place, so that the target is always complete.
staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
log="$staging/publish.log"

# Both kinds of the binary are linked at the same path: an existing file may be of the other kind, and newer than its sources.
rm -rf src/Nv2.Plugin/bin/Release/net*/"$rid"/native
# The build of the solution analyzes the same sources (scripts/test.sh).
options=(-p:RunAnalyzers=false -p:OpenSslLinkage="$linkage" -p:OpenSslPackage="$package" -p:PositionIndependent="$independent")
if [[ -n $cross ]]; then
    options+=(-p:CppCompilerAndLinker="${cross}gcc" -p:ObjCopyName="${cross}objcopy" -p:SysRoot="$sysroot")
    export CMAKE_TOOLCHAIN_FILE=$PWD/scripts/lib/cross.cmake
    export NV2_CROSS_PREFIX=$cross NV2_CROSS_PROCESSOR=$processor NV2_CROSS_SYSROOT=$sysroot
fi
# The platform's native layer is compiled here, from the sources in its package. Its assertions name these files, wherever they are.
packages=$(dotnet nuget locals global-packages --list)
packages=${packages#global-packages: }
export CFLAGS="${CFLAGS:-} -ffile-prefix-map=${packages%/}=/_/packages"
if ! dotnet publish src/Nv2.Plugin -c Release -r "$rid" -o "$staging/out" --nologo "${options[@]}" >"$log" 2>&1; then
    cat "$log" >&2
    exit 1
fi
if grep -E 'warning (IL|CS|CA|NETSDK|NU)[0-9]+' "$log" >&2; then
    fail "the build has warnings; expected none"
fi

# What the binary says of itself: a line each for nv2, OpenSSL and .NET. Its library must be of the headers that it was compiled with.
mapfile -t said < <(run_target "$staging/out/nv2" --version --verbose)
[[ ${#said[@]} -eq 3 && ${said[1]} == "$headers, "* ]] || fail "the binary is linked with '${said[1]:-}': expected '$headers', as the headers say"
[[ ${said[1]} == *", $([[ $linkage == static ]] && echo "linked statically" || echo "the system's library")"* ]] || fail "the binary says '${said[1]}': expected one with the linkage $linkage"
runtime=${said[2]#.NET }
cat >"$staging/nv2.build.json" <<END
{
  "version": "${said[0]#nv2 }",
  "sha256": "$(sha256sum "$staging/out/nv2" | cut -d' ' -f1)",
  "commit": $commit,
  "hasLocalChanges": ${changed:-null},
  "runtimeIdentifier": "$rid",
  "positionIndependent": $independent,
  "dotnet": {
    "sdk": "$(dotnet --version)",
    "runtime": "${runtime%%, *}"
  },
  "openssl": {
    "linkage": "$linkage",
    "version": "$headers",
    "package": "$package"
  }
}
END

mkdir -p "$dir"
mv -f "$staging/out/nv2" "$dir/nv2"
mv -f "$staging/nv2.build.json" "$dir/nv2.build.json"
echo "$dir/nv2"
