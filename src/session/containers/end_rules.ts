import type { MainEnd } from '../launched/outcome_rules.js';
import { lastWords, withHint } from './podman_fault_rules.js';

/** What is known of a container's session beside how its main process, `podman start`, ended. */
export interface ContainerFacts {
  /** Its own main process came to be. */
  readonly started: boolean;
  /** It lived on after what waited for it. */
  readonly outlived: boolean;
  /** Why it was given up, or not begun; undefined: it was not. */
  readonly fault: ContainerFault | undefined;
  /** What it may use of memory is limited. */
  readonly memoryLimited: boolean;
  /** The agent's command. */
  readonly command: string;
  /** The last it said on standard error. */
  readonly errorTail: string;
}

export interface ContainerFault {
  /** `clone`: its repository could not be had. `stuck`: podman did not start it. `lost`: it ended and nobody said how. */
  readonly kind: 'clone' | 'stuck' | 'lost';
  readonly why: string;
}

const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
/** Shells and podman say 128 and the number for a signal; there are 64. */
const SIGNALS = 128;
const KILL = 9;
/** The kernel says nobody that it was for want of memory. */
const KILLED = 'it may have needed more than limits.memory';
/** What process 1 of a container says where the command can't be executed, and nothing else is said then. */
const INIT =
  /^ERROR \(catatonit:\d+\): failed to exec pid1: (No such file or directory|Permission denied|Exec format error)$/;

/** How the program in the container ended, by how what waited for it did. */
export function containerEnd(main: MainEnd, facts: ContainerFacts): MainEnd {
  const { fault, started, errorTail } = facts;
  if (fault !== undefined) return endOfFault(fault, errorTail);
  switch (main.kind) {
    case 'not-started':
    case 'broken':
    case 'unknown':
      return main;
    case 'signal':
      return { kind: 'broken', why: `podman start died of signal ${main.signal}, and the container was removed` };
    case 'code':
      if (!started) return { kind: 'broken', why: notStarted(main.code, errorTail) };
      // Told to end, rootless podman says 0 at once.
      if (facts.outlived) return { kind: 'broken', why: 'podman start ended before the container, which was removed' };
      return endOfCode(main.code, facts);
  }
}

function endOfFault({ kind, why }: ContainerFault, errorTail: string): MainEnd {
  switch (kind) {
    case 'clone':
      return { kind: 'broken', why: `the repository could not be cloned: ${why}${quoted(errorTail)}` };
    case 'stuck':
      return { kind: 'broken', why };
    case 'lost':
      return { kind: 'unknown', why };
  }
}

function endOfCode(code: number, { errorTail, memoryLimited, command }: ContainerFacts): MainEnd {
  // It was removed while podman waited for it.
  if (code >= 125 && code <= NOT_FOUND && /no such exit code|no such container/.test(lastWords(errorTail))) {
    return { kind: 'unknown', why: 'its container was removed by somebody else' };
  }
  if (code > SIGNALS && code <= SIGNALS + 64) {
    const signal = code - SIGNALS;
    return signal === KILL && memoryLimited ? { kind: 'signal', signal, hint: KILLED } : { kind: 'signal', signal };
  }
  const said = code === 1 ? INIT.exec(errorTail.trim())?.[1] : undefined;
  if (said === undefined) return { kind: 'code', code };
  return said.startsWith('No such')
    ? { kind: 'code', code: NOT_FOUND, hint: `the image has no command ${command}` }
    : { kind: 'code', code: NOT_EXECUTABLE, hint: `the image's ${command} can't be executed: ${said.toLowerCase()}` };
}

function notStarted(code: number, errorTail: string): string {
  const words = lastWords(errorTail);
  return `podman could not start the container: ${words === '' ? `it ended with exit code ${code}` : withHint(words)}`;
}

function quoted(errorTail: string): string {
  const lines = errorTail.split('\n').filter((line) => line.trim() !== '');
  const words = lines.findLast((line) => /^(fatal|error): /.test(line))?.replace(/^(fatal|error): /, '');
  return words === undefined ? '' : `: ${words.replaceAll(/\p{Cc}/gu, ' ').slice(0, 500)}`;
}
