import { pause } from '../clock.js';
import type { LivenessProbe } from '../config/task_spec.js';
import { withControl } from '../runs/execute_run.js';
import { runLightCommand } from '../runs/light_command.js';
import { failed, type RunEnd } from '../runs/run_end.js';
import type { RunParts } from '../runs/run_parts.js';
import type { TaskRun } from '../runs/task_run.js';

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
    const isWell = await ask(parts, run, probe, signal);
    if (signal.aborted) return 'stopped';
    failures = isWell ? 0 : failures + 1;
    if (failures >= probe.failures) return 'failed';
  }
}

async function ask(parts: RunParts, run: TaskRun, probe: LivenessProbe, signal: AbortSignal): Promise<boolean> {
  const { url, commandLine, timeoutMs } = probe;
  const end = await withControl(signal, async (control) => {
    control.startTime(parts.clock, timeoutMs);
    if (url !== undefined) return await answerOf(url, control.signal);
    if (commandLine === undefined) return ANSWERED;
    const cwd = run.spec.work.kind === 'command' ? run.spec.work.cwd : undefined;
    return await runLightCommand(parts, run, { commandLine, cwd }, control);
  });
  return end.status === 'completed';
}

const ANSWERED: RunEnd = { status: 'completed', reasonCode: '', phase: 'in-process' };

/** Throws where it is refused, reset or too slow: then it does not answer. */
async function answerOf(url: string, signal: AbortSignal): Promise<RunEnd> {
  const response = await fetch(url, { signal, redirect: 'manual' });
  await response.body?.cancel();
  return response.ok ? ANSWERED : failed('liveness', 'in-process', `it answered ${response.status}`);
}
