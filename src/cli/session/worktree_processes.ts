import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** In the environment of every process of a session, as the daemon starts it. */
const SESSION_MARK = 'TENURE_IN_SESSION=';

export interface LiveProcess {
  readonly pid: number;
  /** As in /proc/PID/comm. */
  readonly command: string;
  readonly directory: string;
  /** The session that it belongs to; empty: none. */
  readonly sessionId: string;
}

/** The processes that can be looked into, which are the user's own; this one aside. */
export function liveProcesses(): readonly LiveProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

function readProcess(pid: number): LiveProcess | undefined {
  try {
    const directory = readlinkSync(`/proc/${pid}/cwd`);
    const command = readFileSync(`/proc/${pid}/comm`, 'utf8').trimEnd();
    const variables = readFileSync(`/proc/${pid}/environ`, 'latin1').split('\0');
    const mark = variables.find((variable) => variable.startsWith(SESSION_MARK));
    return { pid, command, directory, sessionId: mark?.slice(SESSION_MARK.length) ?? '' };
  } catch {
    // Gone meanwhile, or another user's.
    return undefined;
  }
}

/** Whether it is the process that began then, and no zombie. */
export function isAlive({ pid, startTicks }: { readonly pid: number; readonly startTicks: number }): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // Field 22 is the start time; what follows the command's name begins with field 3.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] !== 'Z' && Number(fields[22 - 3]) === startTicks;
  } catch {
    return false;
  }
}
