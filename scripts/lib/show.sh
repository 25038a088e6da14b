# Shows commands to a person and runs them; whoever sources this ends with an error as soon as something does not happen as it says.

heading() { printf '== %s ==\n\n' "$1"; }
say() { printf '%s\n' "$@" ""; }

fail() {
    echo "$(basename "$0"): $1" >&2
    exit 1
}

# Shows commands as one would type them. Lines that begin with a space or a bracket go on with the command above.
show() { printf '%s\n' "$1" | sed 's/^[^ }]/$ &/'; }

# run: shows the commands on standard input, and runs them; each must succeed.
run() {
    local commands
    commands=$(cat)
    show "$commands"
    bash -euo pipefail -c "$commands" </dev/null || fail "that was to succeed"
    echo
}

# run_to_fail CHECK: the same for a verification that must fail, and because of that check.
run_to_fail() {
    local commands said status=0
    commands=$(cat)
    show "$commands"
    said=$(bash -euo pipefail -c "$commands" </dev/null 2>&1) || status=$?
    printf '%s\n(exit code %s)\n\n' "$said" "$status"
    [[ $status -eq 1 && $said == *"$1"* ]] || fail "that was to fail with exit code 1 because of: $1"
}

# run_to_warn TEXT: the same for commands that must succeed and say TEXT on standard error.
run_to_warn() {
    local commands said
    commands=$(cat)
    show "$commands"
    said=$(bash -euo pipefail -c "$commands" </dev/null 2>&1) || fail "that was to succeed"
    printf '%s\n\n' "$said"
    [[ $said == *"$1"* ]] || fail "that was to warn of: $1"
}
