import type { ProcessIdentity } from '../../os/process_identity.js';
import type { MainEnd } from './outcome_rules.js';

/** The container in which a launched session runs. */
export interface ContainerOfSession {
  /** Its process 1; undefined: it has none yet. A rootless one is of another user, and its environment hidden from us. */
  readonly processOne: ProcessIdentity | undefined;
  /** Looks after it from now on; calls once, where the session's processes wait for what will never come. */
  follow(giveUp: () => void): void;
  /** Whether this one of the session's processes is to be asked to end now; the others end with one that is. */
  hearsTerm(one: ProcessIdentity): boolean;
  /** Stops looking after it; it lives on by itself. */
  close(): void;
  /**
   * After the end of what waited for it: sees that nothing of it is left, and
   * answers how the program in it ended. Never rejects.
   */
  settle(main: MainEnd): Promise<MainEnd>;
  /** Removes what a hook after the end could still see: its workspace. Never rejects. */
  tidy(): Promise<void>;
}
