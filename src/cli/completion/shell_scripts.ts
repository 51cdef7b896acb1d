/**
 * Each asks `tenure __complete SHELL WORD…`, the last word being the one at
 * the cursor: the first line answered says who knows the rest.
 */
export const BASH = String.raw`
# Completion of tenure for bash. In ~/.bashrc: source <(tenure completion bash)
_tenure() {
  local cur=${'$'}{COMP_WORDS[COMP_CWORD]} kind='' line value i
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ -z $kind ]]; then kind=$line; continue; fi
    value=${'$'}{line%%$'\t'*}
    printf -v value %q "$value"
    COMPREPLY+=("$value")
  done < <(tenure __complete bash "${'$'}{COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
  case $kind in
    files) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    folders) compopt -o filenames; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    command)
      for ((i = 1; i < COMP_CWORD; i++)); do [[ ${'$'}{COMP_WORDS[i]} == -- ]] && break; done
      if ((i < COMP_CWORD)) && declare -F _command_offset >/dev/null; then
        _command_offset $((i + 1))
      elif ((i + 1 >= COMP_CWORD)); then
        mapfile -t COMPREPLY < <(compgen -c -- "$cur")
      else
        compopt -o filenames; mapfile -t COMPREPLY < <(compgen -f -- "$cur")
      fi ;;
    *)
      # More of a name may follow where it ends in a slash or an equals sign.
      [[ ${'$'}{#COMPREPLY[@]} -eq 1 && ${'$'}{COMPREPLY[0]} == *[/=] ]] && compopt -o nospace ;;
  esac
  return 0
}
complete -F _tenure tenure
`;

export const ZSH = String.raw`
#compdef tenure
# Completion of tenure for zsh. In ~/.zshrc, after compinit: source <(tenure completion zsh)
_tenure() {
  local -a lines candidates
  local line value
  lines=("${'$'}{(@f)$(tenure __complete zsh "${'$'}{(@Q)words[2,CURRENT]}" 2>/dev/null)}")
  case ${'$'}{lines[1]} in
    files) _files ;;
    folders) _files -/ ;;
    command)
      local at=${'$'}{words[(i)--]}
      if ((at < CURRENT)); then
        words=("${'$'}{(@)words[at+1,-1]}")
        ((CURRENT -= at))
        _normal
      else
        _command_names
      fi ;;
    words)
      for line in "${'$'}{(@)lines[2,-1]}"; do
        value=${'$'}{line%%$'\t'*}
        candidates+=("${'$'}{value//:/\\:}:${'$'}{line#*$'\t'}")
      done
      _describe tenure candidates ;;
  esac
}
if [[ ${'$'}{funcstack[1]} == _tenure ]]; then _tenure "$@"; else compdef _tenure tenure; fi
`;

export const FISH = String.raw`
# Completion of tenure for fish: tenure completion fish > ~/.config/fish/completions/tenure.fish
function __tenure_complete
    set -l words (commandline -opc)
    set -e words[1]
    set -l current "$(commandline -ct)"
    set -l lines (tenure __complete fish $words "$current" 2>/dev/null)
    set -l kind $lines[1]
    set -e lines[1]
    switch "$kind"
        case files
            __fish_complete_path "$current"
        case folders
            __fish_complete_directories "$current"
        case command
            complete -C "$current"
            __fish_complete_path "$current"
        case words
            printf '%s\n' $lines
    end
end
complete -c tenure -f -a '(__tenure_complete)'
`;
