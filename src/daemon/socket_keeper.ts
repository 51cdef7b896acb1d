import type { Server } from 'node:net';
import { messageOf } from '../os/errno.js';
import type { SocketPlace } from './paths.js';
import { identify, probeSocket, sameFile } from './socket_probe.js';
import { type BoundSocket, removeSocket, takeSocket } from './socket_takeover.js';
import { StartFailure } from './start_failure.js';

/** How long clients may find no socket after somebody has deleted it. */
const CHECK_MS = 1_000;

export interface SocketKeeperOptions {
  /** The best first. The next is for when the folder of the one in use vanishes. */
  readonly places: readonly [SocketPlace, ...SocketPlace[]];
  readonly ownUid: number;
  readonly shared: boolean;
  /** Takes connections from a server from now on; called before any can come in. */
  readonly adopt: (server: Server) => Promise<void>;
  /** The socket was bound again, perhaps elsewhere. */
  readonly onHealed: (path: string) => void;
  /** The socket is gone and can't be bound again now; undefined: that is over. */
  readonly onTrouble: (message: string | undefined) => void;
  readonly checkMs?: number;
}

/** Keeps the daemon reachable: takes the socket, and takes it again when it is deleted or replaced. */
export class SocketKeeper {
  readonly #options: SocketKeeperOptions;
  readonly #timer: NodeJS.Timeout;
  #bound: BoundSocket;
  #place: SocketPlace;
  #checking: Promise<void> | undefined;
  #troubled = false;
  #closed = false;

  private constructor(options: SocketKeeperOptions, place: SocketPlace, bound: BoundSocket) {
    this.#options = options;
    this.#place = place;
    this.#bound = bound;
    this.#timer = setInterval(() => void this.check(), options.checkMs ?? CHECK_MS);
  }

  static async open(options: SocketKeeperOptions): Promise<SocketKeeper> {
    const [place] = options.places;
    const bound = await takeSocket({ place, ownUid: options.ownUid, shared: options.shared });
    await options.adopt(bound.server);
    return new SocketKeeper(options, place, bound);
  }

  get path(): string {
    return this.#bound.path;
  }

  /** Whether a dead daemon's socket was replaced at the start. */
  get replacedStale(): boolean {
    return this.#bound.replacedStale;
  }

  /** Looks now whether the path still leads here. */
  async check(): Promise<void> {
    this.#checking ??= this.#heal().finally(() => {
      this.#checking = undefined;
    });
    await this.#checking;
  }

  /** Stops looking and takes the socket away; connections that stand go on. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    await this.#checking;
    this.#bound.server.close();
    removeSocket(this.#bound);
  }

  async #heal(): Promise<void> {
    try {
      if (this.#isInPlace()) return this.#tellTrouble(undefined);
      // Whoever listens there now is not pushed out: he may be the user's own doing.
      const occupant = await probeSocket(this.#bound.path, this.#options.ownUid);
      if (occupant.kind === 'live') {
        const pid = occupant.pid === undefined ? '' : ` (pid ${occupant.pid})`;
        return this.#tellTrouble(`another program${pid} listens on ${this.#bound.path}`);
      }
      await this.#bindAgain();
    } catch (error) {
      this.#tellTrouble(messageOf(error));
    }
  }

  #isInPlace(): boolean {
    const now = identify(this.#bound.path);
    return now !== undefined && sameFile(now, this.#bound.identity);
  }

  async #bindAgain(): Promise<void> {
    const { places, ownUid, shared } = this.#options;
    let failure: unknown;
    for (const place of [this.#place, ...places.filter((other) => other !== this.#place)]) {
      try {
        const bound = await takeSocket({ place, ownUid, shared });
        await this.#use(place, bound);
        return;
      } catch (error) {
        if (!(error instanceof StartFailure)) throw error;
        failure ??= error;
      }
    }
    throw failure;
  }

  async #use(place: SocketPlace, bound: BoundSocket): Promise<void> {
    const old = this.#bound;
    await this.#options.adopt(bound.server);
    this.#place = place;
    this.#bound = bound;
    old.server.close();
    if (this.#closed) return;
    this.#tellTrouble(undefined);
    this.#options.onHealed(bound.path);
  }

  #tellTrouble(message: string | undefined): void {
    if (message === undefined && !this.#troubled) return;
    this.#troubled = message !== undefined;
    this.#options.onTrouble(message);
  }
}
