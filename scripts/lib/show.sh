# Shows commands and runs them. The script that sources this fails as soon as a step has another result than shown.

heading() { printf '== %s ==\n\n' "$1"; }
say() { printf '%s\n' "$@" ""; }

fail() {
    echo "$(basename "$0"): $1" >&2
    exit 1
}

# Shows commands as typed. Lines that begin with a space or a bracket continue the command above.
show() { printf '%s\n' "$1" | sed 's/^[^ }]/$ &/'; }

# run: shows the commands on standard input, and runs them; each must succeed.
run() {
    local commands
    commands=$(cat)
    show "$commands"
    bash -euo pipefail -c "$commands" </dev/null || fail "expected success"
    echo
}

# run_to_fail CHECK: the same for a verification that must fail, and because of that check.
run_to_fail() {
    local commands said status=0
    commands=$(cat)
    show "$commands"
    said=$(bash -euo pipefail -c "$commands" </dev/null 2>&1) || status=$?
    printf '%s\n(exit code %s)\n\n' "$said" "$status"
    [[ $status -eq 1 && $said == *"$1"* ]] || fail "expected exit code 1 and this text: $1"
}

# run_to_warn TEXT: the same for commands that must succeed and say TEXT on standard error.
run_to_warn() {
    local commands said
    commands=$(cat)
    show "$commands"
    said=$(bash -euo pipefail -c "$commands" </dev/null 2>&1) || fail "expected success"
    printf '%s\n\n' "$said"
    [[ $said == *"$1"* ]] || fail "expected this warning: $1"
}
