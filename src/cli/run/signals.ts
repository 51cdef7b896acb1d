import { signalGroup, signalProcess } from '@tenure/client/command';

/** What reaches the command's group when this process gets it. */
const FORWARDED = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGWINCH', 'SIGALRM'] as const;

/**
 * Passes signals on to the running command.
 *
 * @param ownGroup whether the command leads a group of its own; else it shares the terminal's with this process.
 * @returns how to stop that.
 */
export function passSignals(pid: number, ownGroup: boolean): () => void {
  return ownGroup ? forwardToGroup(pid) : leaveToTerminal(pid);
}

/**
 * In a group of its own the command sees no signal of the terminal or of a
 * supervisor but through this process: every one is passed to the whole
 * group. A stop stops the group first, then this process; a continue wakes it.
 * A signal that nohup had ignored is passed on too, for Node's start undoes
 * that before it can be seen; setsid does what nohup is meant for.
 */
function forwardToGroup(groupId: number): () => void {
  const listeners: [NodeJS.Signals, () => void][] = FORWARDED.map((signal) => [
    signal,
    () => void signalGroup(groupId, signal),
  ]);
  listeners.push(['SIGCONT', () => void signalGroup(groupId, 'SIGCONT')]);
  listeners.push([
    'SIGTSTP',
    () => {
      signalGroup(groupId, 'SIGSTOP');
      process.kill(process.pid, 'SIGSTOP');
    },
  ]);
  return listen(listeners);
}

/**
 * On a terminal the command is in this process's own group, so that the
 * terminal itself brings it Ctrl-C and Ctrl-\; this process must outlive
 * those. What comes from elsewhere is passed on.
 */
function leaveToTerminal(pid: number): () => void {
  const ignore = () => undefined;
  return listen([
    ['SIGINT', ignore],
    ['SIGQUIT', ignore],
    ['SIGTERM', () => void signalProcess(pid, 'SIGTERM')],
    ['SIGHUP', () => void signalProcess(pid, 'SIGHUP')],
    ['SIGUSR1', () => void signalProcess(pid, 'SIGUSR1')],
    ['SIGUSR2', () => void signalProcess(pid, 'SIGUSR2')],
  ]);
}

function listen(listeners: readonly [NodeJS.Signals, () => void][]): () => void {
  for (const [signal, listener] of listeners) process.on(signal, listener);
  return () => {
    for (const [signal, listener] of listeners) process.off(signal, listener);
  };
}
