import type { AgentOrder, AgentResult, FoundSession, LaunchPlan } from './agents/agent_program.js';

/** An adapter that is another program has to ask it. */
type Awaitable<T> = T | Promise<T>;

/** A piece of what a remote session printed. */
export interface RemoteOutput {
  /** Of the first byte. */
  readonly offset: number;
  readonly bytes: Uint8Array;
  /** Nothing more will come. */
  readonly ended: boolean;
}

/** What an adapter does by itself for sessions that have no process here. */
export interface RemoteSessions {
  /** Resolves once it is over. */
  stop(nativeId: string, graceMs: number, signal: AbortSignal): Promise<void>;
  send(nativeId: string, bytes: Uint8Array, signal: AbortSignal): Promise<void>;
  output(nativeId: string, offset: number, signal: AbortSignal): Promise<RemoteOutput>;
}

/** One kind of sessions: how they are found, started and read. */
export interface SessionAdapter {
  readonly name: string;
  /**
   * Whether its program is there.
   *
   * @param path PATH of an order that brings its own; else that of all sessions.
   */
  available(path?: string): Promise<boolean>;
  /** As `AgentProgram.discover`. */
  discover(sinceWallMs: number, signal: AbortSignal): Promise<readonly FoundSession[]>;
  /** Throws a Refusal where it can't be launched so. */
  plan(order: AgentOrder): Awaitable<LaunchPlan>;
  /** Answers undefined where it can't go on with that session; undefined itself where it can't with any. */
  readonly planResume: ((nativeId: string, order: AgentOrder) => Awaitable<LaunchPlan | undefined>) | undefined;
  /** As `AgentProgram.nativeIdOf`; undefined where it prints none. */
  readonly nativeIdOf?: (outputHead: string) => string;
  /** From the last bytes of what it printed; undefined where they have no result. Never rejects. */
  resultOf(outputTail: string): Awaitable<AgentResult | undefined>;
  /** Undefined where all its sessions have processes here. */
  readonly remote: RemoteSessions | undefined;
}
