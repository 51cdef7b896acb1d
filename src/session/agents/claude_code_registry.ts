import type { ProcessIdentity } from '../../os/process_identity.js';
import type { Surroundings } from './agent_program.js';
import { type ClaudeEntry, entryOf } from './claude_code_registry_rules.js';
import { findFiles } from './found_files.js';
import { readStartOf } from './small_file.js';

/** One entry for each process, named after it. Other files there hold keys. */
const ENTRY = /^([1-9]\d*)\.json$/;
/** An entry has some 600 bytes. */
const LONGEST_ENTRY_BYTES = 64 * 1024;

/** A session that a living process says it is in. */
export interface LiveClaude {
  readonly entry: ClaudeEntry;
  readonly process: ProcessIdentity;
}

/** The living sessions by id, as Claude Code registers them in `sessions/PID.json`. What a kill left behind is not among them. */
export async function readLiveClaudes(
  folder: string,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, LiveClaude>> {
  const live = new Map<string, LiveClaude>();
  for (const { path, name } of await findFiles(folder, 0, ENTRY, signal)) {
    const pid = Number(ENTRY.exec(name)?.[1]);
    const startTicks = surroundings.startTicksOf(pid);
    if (startTicks === undefined) continue;
    const entry = entryOf(await readStartOf(path, LONGEST_ENTRY_BYTES));
    if (entry === undefined || entry.pid !== pid) continue;
    const isItself =
      entry.startTicks === undefined ? await isOlderEntryOf(entry, pid, surroundings) : entry.startTicks === startTicks;
    if (!isItself) continue;
    // One session may be open twice; the younger process has the word.
    const before = live.get(entry.sessionId);
    if (before !== undefined && before.entry.startedWallMs > entry.startedWallMs) continue;
    live.set(entry.sessionId, { entry, process: { pid, startTicks } });
  }
  return live;
}

/** Before procStart was written: a Claude Code that runs since before the entry was made. */
async function isOlderEntryOf(entry: ClaudeEntry, pid: number, surroundings: Surroundings): Promise<boolean> {
  const seen = (await surroundings.processes()).find((one) => one.pid === pid);
  return seen?.command === 'claude' && seen.startWallMs <= entry.startedWallMs;
}
