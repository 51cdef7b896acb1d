import type { Deferral } from './deferral_rules.js';

/** Tasks named in the warning; more are counted. */
const NAMED = 5;

/** The warning's words: which tasks starve, by whom, and what can be done. */
export function starvationWords(starving: ReadonlyMap<string, Deferral>): {
  readonly message: string;
  readonly remedy: string;
} {
  const tasks = [...starving].toSorted(([, a], [, b]) => a.sinceWallMs - b.sinceWallMs);
  const named = tasks.slice(0, NAMED).map(([task, deferral]) => `${task} ${describe(deferral)}`);
  const more = tasks.length > NAMED ? `; and ${tasks.length - NAMED} more` : '';
  return { message: `kept from running for too long: ${named.join('; ')}${more}`, remedy: remedyOf(tasks) };
}

function describe({ sinceWallMs, run }: Deferral): string {
  const since = `since ${new Date(sinceWallMs).toISOString().replace(/\.\d+Z$/, 'Z')}`;
  const { holder, blockingTask, reasonCode } = run;
  if (holder !== undefined) {
    const who = [holder.pid === 0 ? '' : `pid ${holder.pid}`, holder.description].filter((word) => word !== '');
    // That of a task's lease is its description once more.
    const why = holder.reason === '' || holder.reason === holder.description ? '' : `: "${holder.reason}"`;
    return `${since} (${holder.resource} held by ${who.join(' ') || 'somebody'}${why})`;
  }
  if (blockingTask !== '') return `${since} (${reasonCode}: ${blockingTask})`;
  return reasonCode === '' ? since : `${since} (${reasonCode})`;
}

function remedyOf(tasks: readonly (readonly [string, Deferral])[]): string {
  const [first] = tasks;
  const resource = tasks.map(([, { run }]) => run.holder?.resource).find((one) => one !== undefined && one !== '');
  const show = `tenure task show ${first?.[0] ?? ''}`;
  if (resource === undefined) return `see what is in the way: ${show}`;
  return `ask the holder to give it back: tenure lease yield ${resource}; or see ${show}`;
}
