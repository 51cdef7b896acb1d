import type { RetryPolicy } from '../runs/retry_rules.js';
import type { Schedule } from '../schedule/schedule_rules.js';
import type { RestartPolicy } from '../services/restart_rules.js';
import type { CommandLine, OverlapPolicy, TaskFunction } from './task_options.js';

export interface CommandWork {
  readonly kind: 'command';
  readonly commandLine: CommandLine;
  readonly cwd: string | undefined;
  readonly env: Readonly<Record<string, string>>;
}

export interface FunctionWork {
  readonly kind: 'function';
  readonly run: TaskFunction;
}

export interface LivenessProbe {
  readonly kind: 'command' | 'http';
  readonly commandLine: CommandLine | undefined;
  readonly url: string | undefined;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly failures: number;
}

/** What a heavy task leases. */
export interface LeasePart {
  readonly resources: readonly string[];
  readonly wait: number | 'forever' | undefined;
  readonly priority: number;
}

/** A task, complete and checked. */
export interface TaskSpec {
  readonly name: string;
  readonly description: string;
  readonly work: CommandWork | FunctionWork;
  readonly schedule: Schedule;
  /** Undefined: it is light. */
  readonly lease: LeasePart | undefined;
  readonly timeoutMs: number | undefined;
  readonly killAfterMs: number;
  readonly retries: RetryPolicy;
  readonly overlap: OverlapPolicy;
  /** Undefined: it is no service. */
  readonly service: { readonly restart: RestartPolicy; readonly liveness: LivenessProbe | undefined } | undefined;
  readonly onSuccess: CommandLine | TaskFunction | undefined;
  readonly yieldSignal: NodeJS.Signals | undefined;
  readonly starveAfterMs: number | undefined;
  readonly enabled: boolean;
}
