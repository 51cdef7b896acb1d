import { AttachRole, type Client, LeaseLiveness, LeaseState } from '@tenure/client';
import type { LeaseEntry, LiveState, Now } from './live_state.js';

/** A command is attached while it still is the shell at its gate. */
const COMMAND_SETTLES_MS = 500;
/** A lease whose time should be up was renewed, or its end is on its way. */
const RENEWAL_SHOWS_MS = 500;

/** Whether a lease is to be asked for by itself: its events don't tell the names of commands, nor renewals. */
export function needsLookup({ lease, deadlineMs, toldMs, lookedUp }: LeaseEntry, { steadyMs }: Now): boolean {
  if (lease.state !== LeaseState.ACTIVE) return false;
  const hasCommand = lease.attached.some(({ role }) => role === AttachRole.COMMAND);
  if (hasCommand && !lookedUp && steadyMs - toldMs >= COMMAND_SETTLES_MS) return true;
  const counts = lease.liveness === LeaseLiveness.TTL && deadlineMs !== undefined;
  return counts && steadyMs - deadlineMs >= RENEWAL_SHOWS_MS;
}

/** Asks for the leases in sight that need it, one at a time. */
export class Lookups {
  readonly #client: Client;
  readonly #state: LiveState;
  readonly #now: () => Now;
  readonly #onChange: () => void;
  #isBusy = false;

  constructor(client: Client, state: LiveState, now: () => Now, onChange: () => void) {
    this.#client = client;
    this.#state = state;
    this.#now = now;
    this.#onChange = onChange;
  }

  /** Never throws: what can't be had now is asked for again later. */
  look(leaseIds: readonly string[]): void {
    if (this.#isBusy) return;
    this.#isBusy = true;
    this.#lookAll(leaseIds)
      .catch(() => undefined)
      .finally(() => {
        this.#isBusy = false;
      });
  }

  async #lookAll(leaseIds: readonly string[]): Promise<void> {
    for (const leaseId of leaseIds) {
      const entry = this.#state.leases.get(leaseId);
      if (entry === undefined || !needsLookup(entry, this.#now())) continue;
      const { lease } = await this.#client.leases.getLease({ leaseId });
      if (lease === undefined) continue;
      this.#state.lookedUp(lease, this.#now());
      this.#onChange();
    }
  }
}
