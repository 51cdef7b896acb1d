/** A clone takes no longer, whatever the agent's own time limit. */
export const CLONE_LIMIT_MS = 900_000;
/** Written beside the workspace: it is complete; or, in one line, why it is not. */
export const CLONED = 'cloned';
export const CLONE_FAILED = 'clone.failed';

/**
 * Clones a repository, with a time limit, and becomes the command. Arguments:
 * seconds, address, folder, where to write what became of it, the origin
 * that the token is for (empty: there is none), and the command. The token is
 * the first line of standard input: never an argument, never a file.
 * Git has no configuration but this, no hook, no way to ask anybody, and no
 * protocol but three.
 */
export const CLONE_SCRIPT = `
IFS= read -r token
exec </dev/null
limit=$1 repo=$2 into=$3 words=$4 origin=$5
shift 5
helper='!f() { [ "$1" != get ] || printf "username=%s\\npassword=%s\\n" "$TENURE_REPO_USER" "$TENURE_REPO_TOKEN"; }; f'
clone() {
  # Of a user's own: ~/.netrc.
  HOME=$words GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null GIT_TERMINAL_PROMPT=0 GIT_ASKPASS=true
  export HOME GIT_CONFIG_NOSYSTEM GIT_CONFIG_GLOBAL GIT_TERMINAL_PROMPT GIT_ASKPASS
  set -- git -c core.hooksPath=/dev/null -c credential.helper= -c protocol.allow=never \\
    -c protocol.https.allow=always -c protocol.http.allow=always -c protocol.git.allow=always
  if [ -n "$origin" ]; then
    TENURE_REPO_USER=x-access-token TENURE_REPO_TOKEN=$token
    case $token in *:*) TENURE_REPO_USER=\${token%%:*} TENURE_REPO_TOKEN=\${token#*:} ;; esac
    export TENURE_REPO_USER TENURE_REPO_TOKEN
    set -- "$@" -c "credential.$origin.helper=$helper"
  fi
  exec timeout -k 5 "$limit" "$@" clone --quiet --no-recurse-submodules --template= -- "$repo" "$into"
}
( clone )
code=$?
case $code in
  0)
    : >"$words/${CLONED}" && exec "$@"
    why='its folder cannot be written to' ;;
  124 | 137) why="git took longer than $limit s" ;;
  126 | 127) why='git or timeout could not be started' ;;
  *) why="git ended with exit code $code" ;;
esac
printf '%s' "$why" >"$words/${CLONE_FAILED}"
exit 6
`;

/**
 * The origin that a token may go to: the configured repository's, over TLS or
 * within this machine. Undefined: the address that was launched with is
 * another's, and whoever names one must not get the token that way.
 */
export function tokenOrigin(repo: string, configured: string | undefined): string | undefined {
  if (configured === undefined) return undefined;
  const { origin, protocol, hostname } = new URL(repo);
  if (origin !== new URL(configured).origin) return undefined;
  const isLocal = ['localhost', '127.0.0.1', '[::1]'].includes(hostname);
  return protocol === 'https:' || (protocol === 'http:' && isLocal) ? origin : undefined;
}
