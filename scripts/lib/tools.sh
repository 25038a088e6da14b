# shellcheck shell=bash
# Sourced by the other scripts: installs the programs that they use, and says what to do if that fails.

# require_packages COMMAND=PACKAGE…: installs the Debian packages of commands (or, beginning with /, of files) that are missing.
require_packages() {
    local missing=() pair wanted
    for pair in "$@"; do
        wanted=${pair%%=*}
        if [[ $wanted == /* ]]; then
            compgen -G "$wanted" >/dev/null || missing+=("${pair#*=}")
        else
            command -v "$wanted" >/dev/null || missing+=("${pair#*=}")
        fi
    done
    [[ ${#missing[@]} -eq 0 ]] && return 0

    local install="apt-get install -y --no-install-recommends ${missing[*]}"
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "missing: ${missing[*]}. On Debian: sudo apt-get update && sudo $install" >&2
        exit 1
    fi
    echo "installing: ${missing[*]}" >&2
    { apt-get update -qq && DEBIAN_FRONTEND=noninteractive $install -qq; } >/dev/null 2>&1 || {
        echo "cannot install ${missing[*]}; try: apt-get update && $install" >&2
        exit 1
    }
}

# The libraries that NativeAOT links with, and the tools that build the platform's OpenSSL layer against the static libraries.
require_build_tools() {
    # dotnet itself requires the version in global.json.
    dotnet --version >/dev/null 2>&1 || {
        echo "missing: the .NET SDK $(sed -n 's/^ *"version": "\(.*\)".*/\1/p' global.json), as global.json says: https://dotnet.microsoft.com/download" >&2
        exit 1
    }
    require_packages gcc=gcc cmake=cmake make=make "/usr/lib/*/libssl.a=libssl-dev" "/usr/include/zlib.h=zlib1g-dev"
}
