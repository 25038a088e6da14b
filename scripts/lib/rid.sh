#!/usr/bin/env bash
# Prints the .NET runtime identifier of this machine.
case "$(uname -s)-$(uname -m)" in
    Linux-x86_64) echo linux-x64 ;;
    Linux-aarch64) echo linux-arm64 ;;
    *) echo "$(uname -s) on $(uname -m) is not supported yet: expected Linux on x86_64 or aarch64" >&2; exit 1 ;;
esac
