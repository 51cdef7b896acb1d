import { runShellCommand } from '../../os/shell_command.js';
import type { Surroundings } from './agent_program.js';
import { isObject, numberAt, textAt } from './json_rules.js';
import type { OpenCodeSession } from './opencode_rows_rules.js';
import { NO_USAGE } from './usage_rules.js';
import { firstWords } from './words_rules.js';

/** It takes a second and a half. */
const TIME_LIMIT_MS = 4000;
const MAX_OUTPUT_BYTES = 1024 * 1024;
/** So that a list that is watched does not keep a processor busy. */
const FRESH_MS = 15_000;

const COMMAND = 'cd -- "$TENURE_DIRECTORY" && exec opencode session list --format json --max-count 100';

/** Sessions by OpenCode's own command, for a Node that can't read its database. It answers for one project at a time. */
export class OpenCodeList {
  readonly #surroundings: Surroundings;
  #answers = new Map<string, { readonly atWallMs: number; readonly sessions: readonly OpenCodeSession[] }>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  /** Of the projects that these directories are in. Other answers are forgotten. */
  async read(directories: ReadonlySet<string>, signal: AbortSignal): Promise<readonly OpenCodeSession[]> {
    const answers = new Map<string, { readonly atWallMs: number; readonly sessions: readonly OpenCodeSession[] }>();
    const sessions = new Map<string, OpenCodeSession>();
    for (const directory of directories) {
      const before = this.#answers.get(directory);
      const atWallMs = this.#surroundings.wallMs();
      const isFresh = before !== undefined && Math.abs(atWallMs - before.atWallMs) < FRESH_MS;
      const answer = isFresh ? before : { atWallMs, sessions: await this.#ask(directory, signal) };
      answers.set(directory, answer);
      for (const session of answer.sessions) sessions.set(session.id, session);
    }
    this.#answers = answers;
    return [...sessions.values()];
  }

  async #ask(directory: string, signal: AbortSignal): Promise<readonly OpenCodeSession[]> {
    const result = await runShellCommand({
      command: COMMAND,
      environment: { ...this.#surroundings.environment, TENURE_DIRECTORY: directory },
      timeLimitMs: TIME_LIMIT_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      signal,
    });
    signal.throwIfAborted();
    if (result.kind !== 'done')
      throw new Error(result.kind === 'failed' ? result.how : `it went on too long, or too far`);
    return sessionsOf(result.output.toString('utf8'));
  }
}

/** It prints nothing at all where there is no session. */
function sessionsOf(output: string): readonly OpenCodeSession[] {
  const listed: unknown = output.trim() === '' ? [] : JSON.parse(output);
  if (!Array.isArray(listed)) throw new Error('it printed no list');
  return listed.filter(isObject).map((one) => ({
    id: textAt(one, 'id'),
    parentId: '',
    directory: textAt(one, 'directory'),
    title: firstWords(textAt(one, 'title')),
    model: '',
    used: NO_USAGE,
    createdWallMs: numberAt(one, 'created') ?? 0,
    updatedWallMs: numberAt(one, 'updated') ?? 0,
  }));
}
