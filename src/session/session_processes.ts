import type { Clock } from '../os/clock.js';
import { isInOurPidNamespace, readParentPid } from '../os/process_facts.js';
import type { ProcessIdentity } from '../os/process_identity.js';
import type { ProcessWatch } from '../os/process_watch.js';
import { processesOf } from './marked_processes.js';
import type { LaunchRecord } from './record.js';
import { endAll } from './stopping.js';
import { WaitingProcesses } from './waiting_processes.js';

export interface SessionProcessesParts {
  readonly processWatch: Pick<ProcessWatch, 'isAlive' | 'signal'>;
  readonly clock: Clock;
  readonly bootId: string;
  /** Some of them run in a container. */
  readonly inContainer: boolean;
  /** Ending them is given up: what lives then goes on. */
  readonly closing: AbortSignal;
}

/** The processes of one launched session. */
export class SessionProcesses {
  readonly #record: Pick<LaunchRecord, 'sessionId' | 'main' | 'bootId'>;
  readonly #parts: SessionProcessesParts;

  constructor(record: Pick<LaunchRecord, 'sessionId' | 'main' | 'bootId'>, parts: SessionProcessesParts) {
    this.#record = record;
    this.#parts = parts;
  }

  /** Pids of another boot are anybody's by now. */
  isAlive(process: ProcessIdentity): boolean {
    return this.#record.bootId === this.#parts.bootId && this.#parts.processWatch.isAlive(process);
  }

  /** Ends all of them; what has left the session behind, too. Answers how many there were. */
  end(killAtMs: () => number): Promise<number> {
    const { processWatch, clock, inContainer, closing } = this.#parts;
    const { sessionId, main } = this.#record;
    const monotonicMs = (): number => clock.monotonicMs();
    const look = async (): Promise<readonly ProcessIdentity[]> => {
      const all = await processesOf(sessionId, this.isAlive(main) ? main : undefined);
      // What waits for a container hands TERM on to the program in it, which is to hear it once.
      const isPatient = inContainer && monotonicMs() < killAtMs();
      return isPatient ? all.filter(({ pid }) => isInOurPidNamespace(pid)) : all;
    };
    const terms = { killAtMs, monotonicMs, watch: processWatch, signal: closing };
    if (!inContainer) return endAll(look, terms);
    const waiting = new WaitingProcesses(readParentPid);
    return endAll(look, { ...terms, toAsk: (living) => waiting.without(living, monotonicMs()) });
  }
}
