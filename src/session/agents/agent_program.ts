import type { ProcessIdentity } from '../../os/process_identity.js';

/** What a session has used, as its program counts. */
export interface Usage {
  /** Cached tokens included. */
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** In US dollars; undefined where the program does not say. */
  readonly costUsd: number | undefined;
}

/** A session as its own program's files and processes tell of it. */
export interface FoundSession {
  /** The program's own id. */
  readonly nativeId: string;
  /** `ended`: no process of it lives. */
  readonly state: 'running' | 'idle' | 'waiting' | 'ended';
  readonly directory: string;
  readonly title: string;
  /** The first words, at most 200 characters. */
  readonly prompt: string;
  readonly model: string;
  readonly usage: Usage | undefined;
  /** The main process, known to live by pid and start time. */
  readonly process: ProcessIdentity | undefined;
  readonly startWallMs: number | undefined;
  readonly activityWallMs: number | undefined;
  /** The native id of the session that it was forked or started from; empty: none. */
  readonly parentNativeId: string;
}

/** How a run went by the program's own word, which an exit code may contradict. */
export interface AgentResult {
  readonly success: boolean;
  /** What the program says went wrong, cut to 500 characters; empty where nothing did. */
  readonly detail: string;
  /** Empty where the output does not say. */
  readonly nativeId: string;
  readonly usage: Usage | undefined;
}

/** What to do with an agent. */
export interface AgentOrder {
  readonly prompt: string;
  /** Empty: the program's own choice. */
  readonly model: string;
  /** Further arguments of the user's. */
  readonly args: readonly string[];
  readonly directory: string;
}

/** How to start it. */
export interface LaunchPlan {
  /** The program first, by name; never the prompt where the program takes it otherwise. */
  readonly argv: readonly [string, ...string[]];
  /** Laid over the session's environment. */
  readonly environment: NodeJS.ProcessEnv;
  /** What it reads on standard input; undefined: nothing. */
  readonly input: string | undefined;
  /** What it reads instead, where that must never stand in a file. At most 4 KiB. */
  readonly secretInput?: string;
}

/** A process that may be a program's. */
export interface SeenProcess extends ProcessIdentity {
  /** As in /proc/PID/comm. */
  readonly command: string;
  readonly executable: string;
  readonly directory: string;
  /** By the clock as it stands now, exact to 10 ms. */
  readonly startWallMs: number;
}

/** Where a program's traces are looked for. */
export interface Surroundings {
  /** The user's home folder. */
  readonly home: string;
  /** For variables such as CLAUDE_CONFIG_DIR and CODEX_HOME. */
  readonly environment: NodeJS.ProcessEnv;
  /** All living processes of the user's own, read once a list. */
  processes(): Promise<readonly SeenProcess[]>;
  /** The start time of a process that lives; undefined: it does not. */
  startTicksOf(pid: number): number | undefined;
  readonly wallMs: () => number;
}

/** A coding agent: how to find its sessions, start it and read its result. */
export interface AgentProgram {
  /** Such as `claude-code`. */
  readonly name: string;
  /** The executable's name. */
  readonly command: string;
  /**
   * Sessions that live, and those with activity since `sinceWallMs`. Rejects
   * where the traces can't be read as expected; single damaged files are left
   * out. Reads only what changed since its last look.
   */
  discover(sinceWallMs: number, signal: AbortSignal): Promise<readonly FoundSession[]>;
  plan(order: AgentOrder): LaunchPlan;
  /** Undefined where the program can't go on with a session. */
  planResume(nativeId: string, order: AgentOrder): LaunchPlan | undefined;
  /** From the first bytes of what it printed; empty where they do not say. */
  nativeIdOf(outputHead: string): string;
  /** From the last bytes of what it printed; undefined where they have no result. */
  resultOf(outputTail: string): AgentResult | undefined;
}
