import { pause } from './clock.js';
import { withControl } from './execute_run.js';
import { runLightCommand } from './light_command.js';
import type { RunParts } from './run_parts.js';
import type { TaskRun } from './task_run.js';
import type { LivenessProbe } from './task_spec.js';

/** Resolves once the service has failed its probe so often in a row; never after the signal has fired. */
export async function watchLiveness(
  parts: RunParts,
  run: TaskRun,
  probe: LivenessProbe,
  signal: AbortSignal,
): Promise<'failed' | 'stopped'> {
  let failures = 0;
  for (;;) {
    await pause(parts.clock, probe.everyMs, signal);
    if (signal.aborted) return 'stopped';
    parts.outputs.bound(run.spec.name);
    const isWell = await ask(parts, run, probe, signal);
    if (signal.aborted) return 'stopped';
    failures = isWell ? 0 : failures + 1;
    if (failures >= probe.failures) return 'failed';
  }
}

async function ask(parts: RunParts, run: TaskRun, probe: LivenessProbe, signal: AbortSignal): Promise<boolean> {
  const { url, commandLine, timeoutMs } = probe;
  if (url !== undefined) return await answers(url, AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
  if (commandLine === undefined) return true;
  const cwd = run.spec.work.kind === 'command' ? run.spec.work.cwd : undefined;
  const end = await withControl(signal, async (control) => {
    control.startTime(parts.clock, timeoutMs);
    return await runLightCommand(parts, run, { commandLine, cwd }, control);
  });
  return end.status === 'completed';
}

async function answers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, { signal, redirect: 'manual' });
    await response.body?.cancel();
    return response.ok;
  } catch {
    // Refused, reset or too slow: it does not answer.
    return false;
  }
}
