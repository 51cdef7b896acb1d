import type { Clock } from '../../os/clock.js';
import type { ProcessIdentity } from '../../os/process_identity.js';
import type { ProcessWatch } from '../../os/process_watch.js';
import type { ContainerOfSession } from '../launched/container_of_session.js';
import type { LaunchRecord } from '../launched/record.js';
import { processesOf } from './marked_processes.js';
import { endAll } from './stopping.js';

export interface SessionProcessesParts {
  readonly processWatch: Pick<ProcessWatch, 'isAlive' | 'signal'>;
  readonly clock: Clock;
  readonly bootId: string;
  /** Undefined: none of them runs in one. */
  readonly container: Pick<ContainerOfSession, 'hearsTerm' | 'processOne'> | undefined;
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
    const { processWatch, clock, container, closing } = this.#parts;
    const { sessionId, main } = this.#record;
    const look = async (): Promise<readonly ProcessIdentity[]> => {
      const found = await processesOf(sessionId, this.isAlive(main) ? main : undefined);
      const one = container?.processOne;
      const isNew = one !== undefined && this.isAlive(one) && !found.some(({ pid }) => pid === one.pid);
      return isNew ? [...found, one] : found;
    };
    return endAll(look, {
      killAtMs,
      monotonicMs: () => clock.monotonicMs(),
      watch: processWatch,
      hearsTerm: container && ((one) => container.hearsTerm(one)),
      signal: closing,
    });
  }
}
