using System.CommandLine;
using System.Text;
using Nv2.Plugin.Cli.Text;
using Nv2.Plugin.Files;
using Nv2.Plugin.Operations;
using Nv2.Signing.Text;

namespace Nv2.Plugin.Cli.Commands;

/// <summary><c>nv2 completion bash|zsh|fish</c>: prints the script by which a shell completes nv2's command lines. The script asks nv2 for the
/// candidates.</summary>
internal static class CompletionCommand
{
    public const string Name = "completion";

    // bash splits words at = and :. The script joins parts without a blank between them, and removes from each candidate what precedes the last of
    // these characters.
    private const string Bash = """
        # Completion of nv2 for bash: source <(nv2 completion bash)
        _nv2() {
            local line=$COMP_LINE rest word current cut= directive i
            local -a words candidates
            words=()
            for ((i = 0; i <= COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                rest=${line#"${line%%[![:space:]]*}"}
                if ((i > 0)) && [[ $rest == "$line" && -n $word ]]; then
                    words[${#words[@]}-1]+=$word
                else
                    words+=("$word")
                fi
                line=${rest#"$word"}
            done
            current=${words[${#words[@]}-1]}
            mapfile -t candidates < <("${COMP_WORDS[0]}" __complete "${words[@]:1}" 2>/dev/null)
            ((${#candidates[@]} > 0)) || return
            directive=${candidates[${#candidates[@]}-1]#:}
            unset "candidates[${#candidates[@]}-1]"
            COMPREPLY=()
            [[ $current != *[=:]* ]] || cut=${current%"${current##*[=:]}"}
            for word in "${candidates[@]}"; do
                word=${word%%$'\t'*}
                COMPREPLY+=("${word#"$cut"}")
            done
            ((directive & 2)) && compopt -o nospace
            if ((directive & 16)); then
                compopt -o filenames
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "${current#"$cut"}")
            elif ! ((directive & 4)); then
                ((${#COMPREPLY[@]} > 0)) || compopt -o filenames
                mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "${current#"$cut"}")
            fi
        }
        complete -F _nv2 nv2

        """;

    private const string Zsh = """
        #compdef nv2
        # Completion of nv2 for zsh: source <(nv2 completion zsh), or a file _nv2 in a folder of $fpath
        _nv2() {
            local -a lines candidates
            local line directive
            lines=("${(@f)$(${words[1]} __complete "${(@)words[2,CURRENT]}" 2>/dev/null)}")
            directive=${lines[-1]#:}
            for line in "${(@)lines[1,-2]}"; do
                local value=${line%%$'\t'*} description=
                [[ $line != *$'\t'* ]] || description=${line#*$'\t'}
                candidates+=("${value//:/\\:}${description:+:$description}")
            done
            if ((directive & 2)); then
                _describe -V nv2 candidates -S ''
            else
                _describe -V nv2 candidates
            fi
            if ((directive & 16)); then
                _files -/
            elif ! ((directive & 4)); then
                _files
            fi
        }
        if [[ ${funcstack[1]-} == _nv2 ]]; then
            _nv2 "$@"
        else
            compdef _nv2 nv2
        fi

        """;

    private const string Fish = """
        # Completion of nv2 for fish: nv2 completion fish | source
        function __nv2_complete
            set -l words (commandline -opc)
            set -l current (commandline -ct)
            set -l lines ($words[1] __complete $words[2..] "$current" 2>/dev/null)
            test (count $lines) -gt 0; or return
            set -l directive (string sub -s 2 -- $lines[-1])
            for line in $lines[1..-2]
                echo $line
            end
            if test (math "bitand($directive, 16)") -ne 0
                __fish_complete_directories "$current" ''
            else if test (math "bitand($directive, 4)") -eq 0
                __fish_complete_path "$current"
            end
        end
        complete -c nv2 -f -a '(__nv2_complete)'

        """;

    private static readonly (string Shell, string Script)[] Scripts = [("bash", Bash), ("zsh", Zsh), ("fish", Fish)];

    public static Command Create()
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish", HelpName = "shell" };
        var command = new CommandWithExamples(
            Name,
            "Print the completion script for a shell: commands, options and values",
            """
            source <(nv2 completion bash)
            nv2 completion zsh > "${fpath[1]}/_nv2"
            nv2 completion fish > ~/.config/fish/completions/nv2.fish
            """
        )
        {
            shell,
        };
        command.SetAction(result => Print(result.GetRequiredValue(shell)));
        return command;
    }

    /// <summary>The supported shells.</summary>
    public static IEnumerable<string> Shells => Scripts.Select(one => one.Shell);

    private static int Print(string shell)
    {
        if (Array.Find(Scripts, one => one.Shell == shell).Script is not { } script)
            throw new UsageException(
                $"{Quoted.Text(shell)} is not a supported shell: expected {Alternatives.Of(Shells)}{NearestName.Suggest(shell, Shells)}"
            );
        using var output = StandardStreams.OpenOutput();
        output.Write(Encoding.UTF8.GetBytes(script));
        return ExitCodes.Success;
    }
}
