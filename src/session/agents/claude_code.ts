import { join } from 'node:path';
import { agentFolder } from './agent_folder.js';
import type { AgentProgram, FoundSession, Surroundings } from './agent_program.js';
import { planClaude } from './claude_code_plan.js';
import { type LiveClaude, readLiveClaudes } from './claude_code_registry.js';
import { resultOfClaude } from './claude_code_result_rules.js';
import { CLAUDE_TRANSCRIPT, type ClaudeTranscript, totalOf } from './claude_code_transcript_rules.js';
import { type FoundFile, findFiles } from './found_files.js';
import { firstTextAt } from './native_id_rules.js';
import { OneLook } from './one_look.js';
import { ReadFiles } from './read_files.js';
import { usageOf } from './usage_rules.js';

/** Transcripts of its own sub-agents are named otherwise. */
const TRANSCRIPT = /^([\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12})\.jsonl$/;

/** Anthropic's Claude Code. */
export function claudeCode(surroundings: Surroundings): AgentProgram {
  const look = new OneLook();
  const transcripts = new ReadFiles(CLAUDE_TRANSCRIPT);
  return {
    name: 'claude-code',
    command: 'claude',
    discover: (sinceWallMs, signal) => look.run(() => discover(surroundings, transcripts, sinceWallMs, signal), signal),
    plan: (order) => planClaude(order),
    planResume: (nativeId, order) => planClaude(order, nativeId),
    nativeIdOf: (outputHead) => firstTextAt(outputHead, 'session_id'),
    resultOf: resultOfClaude,
  };
}

async function discover(
  surroundings: Surroundings,
  transcripts: ReadFiles<ClaudeTranscript>,
  sinceWallMs: number,
  signal: AbortSignal,
): Promise<readonly FoundSession[]> {
  const folder = agentFolder(surroundings, 'CLAUDE_CONFIG_DIR', '.claude');
  const live = await readLiveClaudes(join(folder, 'sessions'), surroundings, signal);
  const files = await findFiles(join(folder, 'projects'), 1, TRANSCRIPT, signal);
  const wanted = newestOfEach(files.filter((file) => file.stats.mtimeMs >= sinceWallMs || live.has(idOf(file))));
  const read = await transcripts.read([...wanted.values()], signal);
  const found: FoundSession[] = [];
  for (const [id, file] of wanted) {
    const transcript = read.get(file.path);
    if (transcript !== undefined) found.push(sessionOf(id, transcript, file, live.get(id)));
  }
  // Nothing is written before the first prompt.
  for (const [id, one] of live) if (!wanted.has(id)) found.push(sessionOf(id, CLAUDE_TRANSCRIPT.empty, undefined, one));
  return found;
}

function idOf({ name }: FoundFile): string {
  return TRANSCRIPT.exec(name)?.[1] ?? '';
}

/** A session that went on elsewhere may have been copied. */
function newestOfEach(files: readonly FoundFile[]): ReadonlyMap<string, FoundFile> {
  const newest = new Map<string, FoundFile>();
  for (const file of files) {
    const before = newest.get(idOf(file));
    if (before === undefined || before.stats.mtimeMs < file.stats.mtimeMs) newest.set(idOf(file), file);
  }
  return newest;
}

function sessionOf(
  nativeId: string,
  transcript: ClaudeTranscript,
  file: FoundFile | undefined,
  live: LiveClaude | undefined,
): FoundSession {
  const entry = live?.entry;
  const title = transcript.customTitle === '' ? (entry?.name ?? '') : transcript.customTitle;
  return {
    nativeId,
    state: live === undefined ? 'ended' : stateOf(live, transcript, file !== undefined),
    directory: entry === undefined || entry.directory === '' ? transcript.directory : entry.directory,
    title: title === '' ? transcript.title : title,
    prompt: transcript.prompt === '' ? transcript.queuedPrompt : transcript.prompt,
    model: transcript.model,
    usage: usageOf(totalOf(transcript)),
    process: live?.process,
    startWallMs: transcript.startWallMs ?? entry?.startedWallMs,
    // While it thinks it writes nothing, but says when it began to.
    activityWallMs: Math.max(file?.stats.mtimeMs ?? 0, entry?.changedWallMs ?? 0, entry?.startedWallMs ?? 0),
    // A fork's transcript begins with a copy, and does not say of what.
    parentNativeId: '',
  };
}

/** By its own word, or, where an older release says nothing, by its transcript. */
function stateOf({ entry }: LiveClaude, { settled }: ClaudeTranscript, hasTranscript: boolean): FoundSession['state'] {
  if (entry.state !== undefined) return entry.state;
  if (hasTranscript) return settled ? 'idle' : 'running';
  return entry.interactive ? 'idle' : 'running';
}
