import type { LeaseScope } from '@tenure/client';

/** A command and its arguments; no shell reads it. */
export type CommandLine = readonly [string, ...string[]];

/** What an in-process task is given. */
export interface TaskScope {
  readonly task: string;
  /** Names the run, for ever. */
  readonly runId: string;
  /** From 1. */
  readonly attempt: number;
  /** Fires when the run is to end: its time is over, its lease is lost, or the orchestrator stops. */
  readonly signal: AbortSignal;
  /** What it runs under; undefined of light tasks. */
  readonly lease: LeaseScope | undefined;
  /** Fires when somebody asked the holder of the lease to give way. It may go on; nothing else happens to it. */
  readonly yieldSignal: AbortSignal;
  /**
   * An environment for its children: with the tokens of its leases where it
   * has any, and none where it is light.
   *
   * @param base what they get besides. Default: `process.env`.
   */
  childEnvironment(base?: NodeJS.ProcessEnv): NodeJS.ProcessEnv;
}

export type TaskFunction = (scope: TaskScope) => Promise<void> | void;

/** What is done about a run that is due while the one before still runs. */
export type OverlapPolicy = 'skip' | 'queue' | 'allow';

/** How failed runs are tried again. All durations are milliseconds. */
export interface RetryOptions {
  /** Attempts after the first. */
  readonly max: number;
  /** Before the second attempt; doubled for each further one. Default: 10,000. */
  readonly delayMs?: number | undefined;
  /** Default: 300,000. */
  readonly maxDelayMs?: number | undefined;
}

/** How a service that has ended is started again. All durations are milliseconds. */
export interface RestartOptions {
  /** From its end to its next start; doubled after each short life. Default: 1,000. */
  readonly cooldownMs?: number | undefined;
  /** Default: 300,000. */
  readonly maxCooldownMs?: number | undefined;
  /** A life of this length takes the pause back to its first length. Default: 60,000. */
  readonly stableMs?: number | undefined;
}

/** How it is seen that a service still works. All durations are milliseconds. */
export interface LivenessOptions {
  /** Succeeds while the service works. Give this or `http`. */
  readonly command?: CommandLine | undefined;
  /** An address that answers 2xx while the service works. */
  readonly http?: string | undefined;
  /** Default: 30,000. */
  readonly everyMs?: number | undefined;
  /** Default: 10,000. */
  readonly timeoutMs?: number | undefined;
  /** In a row, before the service is ended and started again. Default: 3. */
  readonly failures?: number | undefined;
}

/** A task, as a program or a file declares it. All durations are milliseconds. */
export interface TaskOptions {
  /** 1 to 128 letters, digits and `.`, `_`, `-`, `:`, `/`, beginning with a letter or a digit. */
  readonly name: string;
  /** What it does, for people. */
  readonly description?: string | undefined;
  /** What it runs. Give this or `run`. */
  readonly command?: CommandLine | undefined;
  /** Of a command. Default: the orchestrator's. */
  readonly cwd?: string | undefined;
  /** Laid over the orchestrator's environment, for a command. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** What it runs in this process. */
  readonly run?: TaskFunction | undefined;
  /** Runs so often, the first time at once. At most one of every, cron and after. */
  readonly everyMs?: number | undefined;
  /** Runs at these times: five fields, or six with seconds first. */
  readonly cron?: string | undefined;
  /** Of cron, an IANA name. Default: the machine's. */
  readonly timeZone?: string | undefined;
  /** Of cron: whether a time that passed while no orchestrator ran is made up for, once. Default: false. */
  readonly catchUp?: boolean | undefined;
  /** Runs once all of these have run well since it last ran. */
  readonly after?: readonly string[] | undefined;
  /** What it leases for as long as it runs: then it is heavy. */
  readonly lease?: string | readonly string[] | undefined;
  /** How long it queues for its lease. Default: not at all, it is skipped. */
  readonly wait?: number | 'forever' | undefined;
  /** Of its waits, -100 to 100. Default: 0. */
  readonly priority?: number | undefined;
  /** Longest time of one attempt, counted from when it has its lease. Default: as long as it likes. */
  readonly timeoutMs?: number | undefined;
  /** From TERM to KILL. Default: 10,000. */
  readonly killAfterMs?: number | undefined;
  /** Default: none. */
  readonly retries?: RetryOptions | undefined;
  /** Default: skip. */
  readonly overlap?: OverlapPolicy | undefined;
  /** Whether it is kept running. */
  readonly service?: boolean | undefined;
  /** Of a service. */
  readonly restart?: RestartOptions | undefined;
  /** Of a service. */
  readonly liveness?: LivenessOptions | undefined;
  /** Runs after each success, its lease given back; where it fails the run is degraded. */
  readonly onSuccess?: CommandLine | TaskFunction | undefined;
  /** A signal that its command gets when the holder of its lease is asked to give way. Default: none. */
  readonly yieldSignal?: NodeJS.Signals | undefined;
  /** Longest time that it may be deferred before the daemon warns; 0: never. Default: as the daemon says. */
  readonly starveAfterMs?: number | undefined;
  /** Whether its schedule is in force. Default: true. */
  readonly enabled?: boolean | undefined;
}
