import { type Client, isTenureError, type Reason } from '@tenure/client';

/** A client, or how to come by one. */
export type ClientSource = Client | (() => Promise<Client>);

/** The orchestrator's one client, made once there is a daemon to connect to. */
export class DaemonLink {
  readonly #source: ClientSource;
  #client: Client | undefined;
  #connecting: Promise<Client> | undefined;

  constructor(source: ClientSource) {
    this.#source = source;
    if (typeof source !== 'function') this.#client = source;
  }

  /** @throws TenureError where no daemon can be reached now; the next call tries again. */
  async client(): Promise<Client> {
    if (this.#client !== undefined) return this.#client;
    this.#connecting ??= this.#connect().finally(() => {
      this.#connecting = undefined;
    });
    return await this.#connecting;
  }

  async close(): Promise<void> {
    // A client that was given is its owner's to close.
    if (typeof this.#source === 'function') await this.#client?.close();
  }

  async #connect(): Promise<Client> {
    if (typeof this.#source !== 'function') return this.#source;
    this.#client = await this.#source();
    return this.#client;
  }
}

const AWAY: ReadonlySet<Reason> = new Set([
  'UNREACHABLE',
  'SHUTTING_DOWN',
  'RECONCILING',
  'STORE_FAILED',
  'CONFIG_INVALID',
  'FOREIGN_SOCKET',
  'CANCELLED',
]);

/** Whether there is no daemon, or none that can take anything now; all other reasons are about what it was asked. */
export function isAway(error: unknown): boolean {
  return isTenureError(error) && AWAY.has(error.reason);
}
