import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Usage } from '../agents/agent_program.js';

export type OutcomeName =
  | 'success'
  | 'failure'
  | 'usage'
  | 'blocked'
  | 'nothing-ready'
  | 'work-failed'
  | 'infrastructure'
  | 'not-executable'
  | 'not-found'
  | 'signal'
  | 'timed-out'
  | 'stalled'
  | 'cancelled'
  | 'exit-unknown';

export interface Limits {
  /** Undefined: none. */
  readonly timeoutMs: number | undefined;
  /** Undefined: none. */
  readonly stallMs: number | undefined;
  readonly stopOnStall: boolean;
  /** Of each of stdout and stderr. */
  readonly outputBytes: number;
}

/** Who stopped a session, and why. */
export interface StopNote {
  readonly by: 'client' | 'timeout' | 'stall' | 'fuse';
  readonly uid: number;
  readonly pid: number;
  readonly reason: string;
  readonly wallMs: number;
}

/** What became of a hook or a webhook. */
export interface HookRecord {
  readonly hook: 'on-create' | 'on-complete' | 'webhook';
  readonly success: boolean;
  readonly detail: string;
  readonly attempts: number;
  readonly wallMs: number;
}

export interface WorktreeRecord {
  readonly path: string;
  readonly branch: string;
  readonly repository: string;
}

/** What a session of a configured agent is. */
export interface AgentRecord {
  readonly name: string;
  /** Empty: none. */
  readonly repo: string;
  /** Empty: it was given none. */
  readonly workUnit: string;
  /** Its id is empty until there is one. */
  readonly container: { readonly id: string; readonly name: string; readonly image: string };
  /** When it was due, where its schedule launched it. */
  readonly dueWallMs: number | undefined;
}

/** How a session ended. */
export interface SessionEnd {
  readonly outcome: OutcomeName;
  readonly detail: string;
  readonly exitCode: number | undefined;
  /** 0: none. */
  readonly signal: number;
  readonly wallMs: number;
}

/** A session that was launched here, as its folder keeps it. Never changed in place. */
export interface LaunchRecord {
  readonly sessionId: string;
  readonly adapter: string;
  /** Empty until the program has made one. */
  readonly nativeId: string;
  /** What runs, without its arguments. */
  readonly command: string;
  readonly directory: string;
  readonly prompt: string;
  readonly model: string;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly parentSessionId: string;
  readonly limits: Limits;
  readonly keepStdin: boolean;
  readonly launchUid: number;
  readonly requestId: string;
  /** What was asked by the request id; empty where there is none, or nobody wrote it down. */
  readonly requestDigest: string;
  readonly startWallMs: number;
  /** On the clock of its boot, which never jumps. */
  readonly startBoottimeMs: number;
  readonly bootId: string;
  readonly shim: ProcessIdentity;
  readonly main: ProcessIdentity;
  readonly leaseIds: readonly string[];
  readonly worktree: WorktreeRecord | undefined;
  /** Undefined: it is of no configured agent. */
  readonly agent: AgentRecord | undefined;
  readonly onComplete: string;
  readonly webhook: string;
  readonly hooks: readonly HookRecord[];
  readonly stop: StopNote | undefined;
  readonly usage: Usage | undefined;
  /** Undefined while it lives, or nobody has looked since. */
  readonly end: SessionEnd | undefined;
}
