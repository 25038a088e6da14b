#!/usr/bin/env bash
# Makes the Debian package: ./scripts/deb.sh [DIR] (default: artifacts/package) writes nv2_VERSION_ARCH.deb.
# The program links with the system's OpenSSL, so that it gets Debian's fixes, and is position-independent, as Debian requires.
# The package also has man pages, completion for bash, zsh and fish, and the plug-in of the docker client. It is reproducible on the same Debian.
set -euo pipefail
dir=$(realpath -m "${1:-$(dirname "${BASH_SOURCE[0]}")/../artifacts/package}")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib/tools.sh

require_build_tools
require_packages dpkg-deb=dpkg dpkg-shlibdeps=dpkg-dev gzip=gzip

version=$(sed -n 's:^ *<Version>\(.*\)</Version>$:\1:p' Directory.Build.props)
architecture=$(dpkg --print-architecture)
package=nv2_${version//-/\~}_$architecture.deb

staging=$(mktemp -d)
trap 'rm -rf "$staging"' EXIT
root=$staging/root
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || echo 0)
export SOURCE_DATE_EPOCH

NV2_OPENSSL=system PIE=1 ./scripts/publish.sh "$staging/bin" >/dev/null
install -D -m 755 "$staging/bin/nv2" "$root/usr/bin/nv2"

# The docker client finds its plug-ins there. The name tells the program that it is called as a plug-in.
install -d "$root/usr/libexec/docker/cli-plugins"
ln -s ../../../bin/nv2 "$root/usr/libexec/docker/cli-plugins/docker-nv2"

./scripts/man-pages.sh "$staging/man" >/dev/null
for page in "$staging"/man/*.1; do
    install -D -m 644 "$page" "$root/usr/share/man/man1/${page##*/}"
    gzip -9n "$root/usr/share/man/man1/${page##*/}"
done

# complete SHELL FILE: installs the completion script of nv2 for a shell.
complete() {
    install -d "$root/${2%/*}"
    "$staging/bin/nv2" completion "$1" >"$root/$2"
    chmod 644 "$root/$2"
}
complete bash usr/share/bash-completion/completions/nv2
complete zsh usr/share/zsh/vendor-completions/_nv2
complete fish usr/share/fish/vendor_completions.d/nv2.fish

maintainer="The nv2 authors <nv2@users.noreply.github.com>"
url=$(sed -n 's:^ *<RepositoryUrl>\(.*\)</RepositoryUrl>$:\1:p' Directory.Build.props)
docs=$root/usr/share/doc/nv2
install -D -m 644 SECURITY.md "$docs/SECURITY.md"
cat >"$docs/copyright" <<END
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: nv2
Source: $url

Files: *
Copyright: 2025-2026 The nv2 authors
License: Apache-2.0
 On Debian systems, the full text of the Apache License, Version 2.0, is in
 the file /usr/share/common-licenses/Apache-2.0.
END
cat >"$staging/changelog" <<END
nv2 (${version//-/\~}) unstable; urgency=medium

  * Release $version. CHANGELOG.md in the sources has what changed.

 -- $maintainer  $(date -u -d "@$SOURCE_DATE_EPOCH" '+%a, %d %b %Y %H:%M:%S +0000')
END
gzip -9n <"$staging/changelog" >"$docs/changelog.gz"
chmod 644 "$docs"/*

# The .NET runtime contains its own zlib, which the linker cannot leave out.
install -d "$root/usr/share/lintian/overrides"
echo "nv2: embedded-library zlib [usr/bin/nv2]" >"$root/usr/share/lintian/overrides/nv2"
chmod 644 "$root/usr/share/lintian/overrides/nv2"

# The libraries that the program needs, with their minimum versions.
install -d "$staging/debian"
printf 'Source: nv2\n\nPackage: nv2\nArchitecture: any\n' >"$staging/debian/control"
depends=$(cd "$staging" && dpkg-shlibdeps -O -e"$root/usr/bin/nv2" 2>/dev/null | sed -n 's/^shlibs:Depends=//p')
install -d "$root/DEBIAN"
cat >"$root/DEBIAN/control" <<END
Package: nv2
Version: ${version//-/\~}
Architecture: $architecture
Maintainer: $maintainer
Installed-Size: $(du -sk --exclude=DEBIAN "$root" | cut -f1)
Depends: $depends
Recommends: skopeo
Suggests: docker.io, softhsm2, p11-kit-modules
Section: utils
Priority: optional
Homepage: $url
Description: sign and verify OCI artifacts with X.509 certificates
 nv2 signs and verifies container images, indexes, Helm charts, SBOMs and any
 other OCI artifact with X.509 certificates, offline. It works on registries
 through skopeo, ORAS or crane, on image layouts in folders and tars, and on
 plain files. It is also a plug-in of notation, docker and containerd.
END
(cd "$root" && find usr -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$root/DEBIAN/md5sums"
chmod 644 "$root"/DEBIAN/*
find "$root" -type d -exec chmod 755 {} +
find "$root" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +

mkdir -p "$dir"
dpkg-deb --root-owner-group -Zxz --build "$root" "$staging/$package" >/dev/null
mv -f "$staging/$package" "$dir/$package"
echo "$dir/$package"
