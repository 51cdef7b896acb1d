import { SESSION_VARIABLE } from '../stopping/marked_processes.js';

/**
 * The two scripts below run under any POSIX shell: dash, bash, busybox. Their
 * descriptors: 3 is the gate, a socket to the daemon; 4 and 5 are a pipe for
 * standard output, 6 and 7 one for standard error; 8 and 9 are a pipe that
 * tells the shim what happens, a line each.
 *
 * What the shell reads from the command's environment it must not overwrite
 * before the command has it: hence the prefix `tenure_`.
 */
function withoutComments(script: string): string {
  return script.replaceAll(/^\s*(#.*)?\n/gm, '');
}

/**
 * Waits in the command's own process for the line that lets it run, then
 * becomes the command. Arguments: session id, directory, umask, command. When
 * the socket ends without the line, for instance because the daemon was
 * killed, the command never runs.
 */
export const GATE_SCRIPT = withoutComments(`
cd -- "$2" || { echo 'fault its directory cannot be entered' >&3; exit 75; }
echo ready >&3
IFS= read -r TENURE_LEASES <&3
case $TENURE_LEASES in 'go '*) ;; *) exit 75 ;; esac
TENURE_LEASES=\${TENURE_LEASES#go }
read -r ${SESSION_VARIABLE} </proc/uptime
# The shim may have been killed.
trap '' PIPE
echo "opened $${SESSION_VARIABLE}" >&9
trap - PIPE
exec 3>&- 9>&-
${SESSION_VARIABLE}=$1
export ${SESSION_VARIABLE}
if [ -n "$TENURE_LEASES" ]; then export TENURE_LEASES; else unset TENURE_LEASES; fi
umask "$3"
shift 3
exec "$@"
`);

/**
 * Arguments: session id, segments to keep of each stream, standard input (empty: as
 * it is; \`keep\`: a fifo; \`first\`: a fifo, after what is there already), and
 * the words that start the gate.
 */
export const SHIM_SCRIPT = withoutComments(`
umask 077
tenure_id=$1 tenure_segments=$2 tenure_stdin=$3
shift 3

# Before all is ready: leaves nothing.
tenure_main=
fail() {
  echo "fault $1" >&3
  [ -z "$tenure_main" ] || kill -KILL "$tenure_main"
  kill -KILL 0
}
# Also where no more processes can be started.
trap 'fail "its shell could not go on"' EXIT

# What must not end the session's keepers; its command gets none of this.
by_itself() {
  trap '' HUP INT QUIT TERM PIPE
  PATH=/usr/bin:/bin:/usr/sbin:/sbin:$PATH LC_ALL=C
  export LC_ALL
  unset LD_PRELOAD LD_LIBRARY_PATH
}

# Moves up to $count reads of $block bytes to a file; how many bytes, in \`moved\`. 1: no more will come. 2: they could
# not be written. dd writes at once what it has read, and counts reads however short: a slow program takes several dds.
move() {
  fault=0
  report=$(dd bs="$block" count="$count" 2>&1 >>"$1") || fault=2
  moved=\${report##*records out}
  moved=\${moved#?}
  moved=\${moved%% *}
  case $moved in
    '' | *[!0-9]*)
      # Not every dd says it, and one that was killed says nothing.
      total=$(wc -c <"$1") || total=$size
      moved=$((total - size))
      ;;
  esac
  [ "$fault" = 0 ] || return 2
  case $report in '0+0 records in'*) return 1 ;; esac
}

# Keeps standard input in files $1.OFFSET of 1 MiB, the newest of them.
keep_output() {
  by_itself
  # A shell that can't go on (no more processes, no more memory) must not end the command with it.
  trap 'exec cat >/dev/null' EXIT
  [ -z "$tenure_stdin" ] || exec 4<>input.close
  name=$1 offset=0 size=0 file= full= empty=
  set --
  while :; do
    if [ -z "$file" ] || [ "$size" -ge 1048576 ]; then
      offset=$((offset + size)) size=0
      file=000000000000000$offset
      file=$name.\${file#"\${file%???????????????}"}
      [ $# -lt "$tenure_segments" ] || { rm -f "$1"; shift; }
    fi
    block=4096 count=$(((1048576 - size) / 4096))
    [ "$count" -gt 0 ] || block=$((1048576 - size)) count=1
    [ -z "$full" ] || block=65536 count=1
    move "$file"
    result=$?
    [ -z "$empty" ] || { rm -f "$empty"; empty=; }
    [ "$size" != 0 ] || [ "$moved" = 0 ] || set -- "$@" "$file"
    size=$((size + moved)) full=
    [ $result != 1 ] || break
    [ $result = 2 ] || continue
    # The disk is full. What was read for it is lost, for the program must not wait: the gap shows in the offsets.
    [ "$size" != 0 ] || empty=$file
    offset=$((offset + size + 1)) size=0 file= full=1
    case $report in *'records in'*) continue ;; esac
    # Nothing was read: its folder is gone.
    block=65536 count=1
    move /dev/null
    [ $? != 1 ] || break
    case $report in *'records in'*) ;; *) exit ;; esac
  done
  trap - EXIT
  echo end >&9
}

# Holds the write end of the fifo, so that its reader sees no end before \`close\` does: one line there, or no session any more.
hold_input() {
  by_itself
  [ "$1" != first ] || cat
  read -r line <input.close
}

# Field 22 of /proc/PID/stat. Field 2 may hold anything.
ticks_of() {
  text=
  while IFS= read -r line || [ -n "$line" ]; do text="$text $line"; done <"/proc/$1/stat"
  set -- \${text##*) }
  ticks=\${20}
}

[ -z "$tenure_stdin" ] || mkfifo input input.close || fail 'it could not make a fifo in its folder'
# By exec: of descriptors that a redirected function had before, dash keeps copies.
{ exec <&4 3<&- 4<&- 5>&- 6<&- 7>&- 8<&-; keep_output out; } &
{ exec <&6 3<&- 4<&- 5>&- 6<&- 7>&- 8<&-; keep_output err; } &
exec 4<&0 6<&-
if [ -n "$tenure_stdin" ]; then
  # The fifo last: until its reader comes, dash keeps copies of what the same \`exec\` closes.
  { exec <&4 3<&- 4<&- 5>&- 7>&- 8<&- 9>&-; exec >input; hold_input "$tenure_stdin"; } &
  exec 6<>input.close
fi
# Shells without job control start what is in the background with INT and QUIT ignored; some can take that back.
{
  if [ -n "$tenure_stdin" ]; then exec <input; else exec <&4; fi
  exec >&5 2>&7 4<&- 5>&- 6<&- 7>&- 8<&-
  trap - INT QUIT
  exec "$@"
} &
tenure_main=$! main=$!
by_itself

ticks_of $$
own=$ticks
ticks_of "$main"
# Room for the exit, on a disk that may be full by then.
printf '%511s\\n' '' >.exit || fail 'its folder cannot be written to'
printf '{"shim":{"pid":%s,"startTicks":%s},"main":{"pid":%s,"startTicks":%s}}\\n' $$ "$own" "$main" "$ticks" >.pid &&
  mv .pid pid || fail 'its folder cannot be written to'

# Takes a line of what is told. \`jobs\` alone tells a signal from a code above 128; its words are of the C locale.
opened= ends=0 running= how= number= word=
take() {
  case $1 in
    end) ends=$((ends + 1)) ;;
    'opened '*) opened=\${1#opened } ;;
    *" $main Running"* | *" $main Stopped"*) running=1 ;;
    *" $main Done("*)
      how=code number=\${1#*" $main Done("}
      number=\${number%%)*}
      ;;
    *" $main Exit "*)
      how=code number=\${1#*" $main Exit "}
      number=\${number%% *}
      ;;
    *" $main Done"*) how=code number=0 ;;
    *" $main "*) how=signal ;;
  esac
}
look() {
  running=
  jobs -l >&9
  echo looked >&9
  while read -r line <&8 && [ "$line" != looked ]; do take "$line"; done
}

echo "pids $$ $own $main $ticks" >&3
trap - EXIT
exec 3>&- 4<&- 5>&- 7>&-
if [ "$BASHPID" = $$ ]; then
  # bash forgets how it ended with \`wait\`, and can't be trusted with a trap for CHLD in it. Most ends come with the
  # output's, which are told; a moment later the process is gone, too.
  soon=20
  while look; [ -n "$running" ]; do
    pause=0.5 line=
    [ "$ends" -lt 2 ] || [ "$soon" = 0 ] || pause=0.01 soon=$((soon - 1))
    read -r -t "$pause" line <&8
    take "$line"
  done
  wait "$main"
  status=$?
else
  while
    wait "$main"
    status=$?
    look
    [ -n "$running" ]
  do :; done
fi
wall=$(date +%s%3N)
case $wall in '' | *[!0-9]*) wall=$(date +%s)000 ;; esac
read -r now rest </proc/uptime
case $how in
  '')
    # Nobody but the shell has seen it, and it has one number for both.
    how=code number=$status word=',"word":"shell"'
    [ "$status" -le 128 ] || how=signal number=$((status - 128))
    ;;
  signal) number=$((status - 128)) ;;
esac

# Whether anything of the session lives, by the marker in its environment.
lives() {
  [ -n "$tenure_id" ] && grep -qszxF "${SESSION_VARIABLE}=$tenure_id" /proc/[0-9]*/environ
}

# What the command printed is in the files before its exit is; but what it left running may print on for ever.
ticks=0 ticker=
if [ "$ends" -lt 2 ]; then
  { while sleep 0.2; do echo tick >&9; done; } &
  ticker=$!
fi
while [ "$ends" -lt 2 ] && read -r line <&8; do
  take "$line"
  [ "$line" = tick ] || continue
  ticks=$((ticks + 1))
  if [ "$ticks" -ge 10 ] || lives; then break; fi
done
[ -z "$ticker" ] || kill -KILL "$ticker"

if [ -z "$opened" ]; then
  now=0.00 opened=0.00 how=notStarted number='"it was ended at its gate, or the daemon was, before it could run"'
fi
opened=\${opened%% *}
# Hundredths; a 1 before them, for what begins with 0 is octal to a shell.
ran=$((\${now%.*} * 100 + 1\${now#*.} - \${opened%.*} * 100 - 1\${opened#*.}))
exit="{\\"$how\\":$number,\\"endWallMs\\":$wall,\\"durationMs\\":$((ran * 10))$word}"
until printf '%-511s\\n' "$exit" 1<>.exit && mv -f .exit exit; do
  # Forgotten meanwhile.
  [ -e pid ] || break
  sleep 1
done

# As long as anything of the session lives, so does this: by it the session's leases are kept. Twice, for what has
# just been started by what has just been looked at; a moment apart, for a process on its way from one program to the
# next shows no environment.
free=0 looks=0
while [ "$free" -lt 2 ]; do
  if lives; then
    free=0 looks=$((looks + 1))
    if [ "$looks" -lt 20 ]; then sleep 0.1; elif [ "$looks" -lt 100 ]; then sleep 0.5; else sleep 2; fi
  else
    free=$((free + 1))
    [ "$free" -ge 2 ] || sleep 0.05
  fi
done
[ -z "$tenure_stdin" ] || rm -f input input.close
`);
