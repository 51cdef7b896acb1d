import type { Schedule } from '../schedule/schedule_rules.js';
import type { LivenessOptions, TaskOptions } from './task_options.js';
import type { LivenessProbe, TaskSpec } from './task_spec.js';

const KILL_AFTER_MS = 10_000;
const RETRY = { delayMs: 10_000, maxDelayMs: 300_000 } as const;
const RESTART = { cooldownMs: 1_000, maxCooldownMs: 300_000, stableMs: 60_000 } as const;
const LIVENESS = { everyMs: 30_000, timeoutMs: 10_000, failures: 3 } as const;

/** The task with its defaults. It has no faults. */
export function completeTask(options: TaskOptions): TaskSpec {
  const { command, run, retries, restart } = options;
  return {
    name: options.name,
    // A block of YAML ends with a line's end, and may have more of them; the contract takes one line.
    description: (options.description ?? '').replace(/\s+/g, ' ').trim(),
    work:
      command === undefined
        ? { kind: 'function', run: run ?? (() => undefined) }
        : { kind: 'command', commandLine: command, cwd: options.cwd, env: options.env ?? {} },
    schedule: scheduleOf(options),
    lease: leaseOf(options),
    timeoutMs: options.timeoutMs,
    killAfterMs: options.killAfterMs ?? KILL_AFTER_MS,
    retries: {
      max: retries?.max ?? 0,
      delayMs: retries?.delayMs ?? RETRY.delayMs,
      maxDelayMs: retries?.maxDelayMs ?? RETRY.maxDelayMs,
    },
    overlap: options.overlap ?? 'skip',
    service:
      options.service === true
        ? {
            restart: {
              cooldownMs: restart?.cooldownMs ?? RESTART.cooldownMs,
              maxCooldownMs: restart?.maxCooldownMs ?? RESTART.maxCooldownMs,
              stableMs: restart?.stableMs ?? RESTART.stableMs,
            },
            liveness: options.liveness === undefined ? undefined : probeOf(options.liveness),
          }
        : undefined,
    onSuccess: options.onSuccess,
    yieldSignal: options.yieldSignal,
    starveAfterMs: options.starveAfterMs,
    enabled: options.enabled ?? true,
  };
}

function leaseOf({ lease, wait, priority }: TaskOptions): TaskSpec['lease'] {
  if (lease === undefined) return undefined;
  return { resources: typeof lease === 'string' ? [lease] : lease, wait, priority: priority ?? 0 };
}

function scheduleOf({ everyMs, cron, timeZone, catchUp, after }: TaskOptions): Schedule {
  if (everyMs !== undefined) return { kind: 'every', everyMs };
  if (cron !== undefined) return { kind: 'cron', pattern: cron, timeZone, catchUp: catchUp ?? false };
  return after === undefined ? { kind: 'manual' } : { kind: 'after', tasks: after };
}

function probeOf(liveness: LivenessOptions): LivenessProbe {
  return {
    kind: liveness.http === undefined ? 'command' : 'http',
    commandLine: liveness.command,
    url: liveness.http,
    everyMs: liveness.everyMs ?? LIVENESS.everyMs,
    timeoutMs: liveness.timeoutMs ?? LIVENESS.timeoutMs,
    failures: liveness.failures ?? LIVENESS.failures,
  };
}
