/** One place of the machine that an agent sees in its container. */
export interface AgentMount {
  /** Absolute. */
  readonly source: string;
  /** Absolute, in the container; no other mount of the agent and nothing of the engine's own is there. */
  readonly target: string;
  readonly readOnly: boolean;
}

export interface AgentCredential {
  /** The variable, or the file's name. */
  readonly name: string;
  /** A source string; its value is fetched for each launch. */
  readonly source: string;
  /** A file unless the agent needs it in its environment, where `podman inspect` shows it. */
  readonly as: 'file' | 'environment';
}

export type OverlapName = 'skip' | 'queue' | 'allow';

export interface AgentSchedule {
  /** Five fields. */
  readonly cron: string;
  /** Undefined: the daemon's own. */
  readonly timezone: string | undefined;
  /** What happens where a session of the agent still runs. */
  readonly overlap: OverlapName;
}

/** An agent as it is configured: complete, and checked. */
export interface AgentDefinition {
  /** `^[a-z][a-z0-9_-]{0,31}$`, and no adapter's. */
  readonly name: string;
  readonly image: string;
  /** The program first. */
  readonly command: readonly [string, ...string[]];
  /** Without credentials; undefined: a launch names one, or there is none. */
  readonly repo: string | undefined;
  /** Undefined: it is launched by people only. */
  readonly schedule: AgentSchedule | undefined;
  /** Absolute; undefined: none. */
  readonly methodologyDir: string | undefined;
  readonly mounts: readonly AgentMount[];
  readonly credentials: readonly AgentCredential[];
  /** A source string: what the repository is cloned with; undefined: it is open to all. */
  readonly repoToken: string | undefined;
  /** Undefined: none. */
  readonly timeoutMs: number | undefined;
  /** Undefined: the engine's own. */
  readonly limits: {
    readonly memoryBytes: number | undefined;
    readonly cpus: number | undefined;
    readonly pids: number | undefined;
  };
  /** `none`, or a network that the engine knows; undefined: its own default. */
  readonly network: string | undefined;
  readonly readOnlyRoot: boolean;
  /** How many of its sessions may run at once, by leases on `agent/NAME`; undefined: no limit. */
  readonly concurrency: number | undefined;
}

/** What a session of an agent is to work on. */
export type AgentWork =
  | { readonly kind: 'unit'; readonly id: string }
  | { readonly kind: 'request'; readonly text: string }
  | { readonly kind: 'artifact'; readonly name: string; readonly content: Uint8Array };

/** The agent that a launch asks for, and what it is to do. */
export interface AgentWish {
  readonly name: string;
  /** Empty: the configured one. */
  readonly repo: string;
  readonly work: AgentWork | undefined;
  /** When it was due, where its schedule launches it. */
  readonly dueWallMs: number | undefined;
}
