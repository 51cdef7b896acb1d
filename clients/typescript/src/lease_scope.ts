import { childEnvironment } from './environment.js';
import type { YieldRequest } from './gen/tenure/lease/v1/lease.js';
import type { HeldLease, HoldState, LeaseScope } from './held_lease.js';
import type { Hold } from './hold.js';
import { inheritedTokens } from './inheritance.js';
import { callBack } from './listeners.js';
import { type Tracing, traceEnvironment } from './tracing.js';

/** The best state first. */
const STATES: readonly HoldState[] = ['released', 'held', 'jeopardy', 'lost'];

/** What a task sees of the leases that it runs under. */
export class Scope implements LeaseScope {
  readonly leases: readonly HeldLease[];
  readonly lease: HeldLease;
  readonly #hold: Hold;
  readonly #tracing: Tracing;
  #signal: AbortSignal | undefined;
  #unsubscribes: (() => void)[] = [];

  constructor(hold: Hold, leases: readonly HeldLease[], first: HeldLease, tracing: Tracing) {
    this.#hold = hold;
    this.#tracing = tracing;
    this.leases = leases;
    this.lease = first;
  }

  get signal(): AbortSignal {
    this.#signal ??=
      this.leases.length === 1 ? this.lease.signal : AbortSignal.any(this.leases.map(({ signal }) => signal));
    return this.#signal;
  }

  get state(): HoldState {
    const worst = Math.max(...this.leases.map(({ state }) => STATES.indexOf(state)));
    return STATES[worst] ?? 'lost';
  }

  onYieldRequested(listener: (request: YieldRequest, lease: HeldLease) => void): () => void {
    let listening = true;
    const heard = new Set<YieldRequest>();
    const tell = (request: YieldRequest, lease: HeldLease): void => {
      if (listening && !heard.has(request)) {
        heard.add(request);
        listener(request, lease);
      }
    };
    const stop = this.#hold.onYieldRequested((request, lease) => this.#ifMine(lease, () => tell(request, lease)));
    for (const lease of this.leases) {
      const { yieldRequest } = lease;
      if (yieldRequest !== undefined) {
        queueMicrotask(() => callBack(() => tell(yieldRequest, lease)));
      }
    }
    return this.#subscribe(() => {
      listening = false;
      stop();
    });
  }

  onJeopardy(listener: (lease: HeldLease) => void): () => void {
    return this.#subscribe(this.#hold.onJeopardy((lease) => this.#ifMine(lease, listener)));
  }

  onSafe(listener: (lease: HeldLease) => void): () => void {
    return this.#subscribe(this.#hold.onSafe((lease) => this.#ifMine(lease, listener)));
  }

  childEnvironment(base?: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
    const tokens = [...this.leases.map(({ inheritToken }) => inheritToken), ...inheritedTokens()];
    return { ...childEnvironment(tokens, base), ...traceEnvironment(this.#tracing) };
  }

  /** The task is through: its listeners hear nothing more. */
  end(): void {
    for (const unsubscribe of this.#unsubscribes) {
      unsubscribe();
    }
    this.#unsubscribes = [];
  }

  #subscribe(unsubscribe: () => void): () => void {
    this.#unsubscribes.push(unsubscribe);
    return unsubscribe;
  }

  #ifMine(lease: HeldLease, listener: (lease: HeldLease) => void): void {
    if (this.leases.includes(lease)) {
      listener(lease);
    }
  }
}
