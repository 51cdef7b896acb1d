/** What a person may call a command, and which it may be here: the first that there is. */
const SYNONYMS: ReadonlyMap<string, readonly string[]> = new Map([
  ...alike(['show', 'get', 'info', 'view', 'describe', 'inspect'], ['show', 'status', 'get', 'list']),
  ...alike(['stat', 'state'], ['status', 'show', 'get']),
  ...alike(['ls', 'ps', 'all'], ['list']),
  ...alike(['release', 'free', 'unlock', 'drop'], ['release', 'revoke']),
  ...alike(['lock', 'take', 'hold'], ['acquire']),
  ...alike(['create', 'new', 'add'], ['put', 'set', 'launch', 'acquire']),
  ...alike(['write', 'store', 'save', 'set'], ['put', 'set']),
  ...alike(['edit', 'change', 'modify'], ['update', 'extend']),
  ...alike(['start', 'run', 'exec', 'trigger'], ['run', 'exec', 'launch', 'start']),
  ...alike(['stop', 'kill', 'end', 'terminate', 'abort'], ['stop', 'cancel']),
  ...alike(['rm', 'remove', 'delete', 'del'], ['rm', 'cancel', 'prune', 'clean', 'release']),
  ...alike(['prune', 'gc', 'cleanup', 'clean'], ['prune', 'clean']),
  ...alike(['logs', 'log', 'output', 'runs'], ['logs', 'history']),
  ...alike(['follow', 'tail', 'monitor'], ['watch', 'logs']),
  ...alike(['validate', 'lint', 'test'], ['check']),
]);

/** What is done by a command of another group. */
const ELSEWHERE: ReadonlyMap<string, string> = new Map([
  ...['stop', 'logs', 'status', 'wait', 'watch', 'resume', 'prune'].map(
    (verb) => [`agent ${verb}`, `session ${verb}`] as const,
  ),
  ...['get', 'read', 'cat', 'reveal', 'acquire'].map((verb) => [`secret ${verb}`, 'secret lease'] as const),
  ['launch', 'session launch'],
  ['worktree', 'session worktree'],
  ['acquire', 'lease acquire'],
  ['lock', 'lease acquire'],
  ['trigger', 'task run'],
  ['ps', 'session list'],
  ['status', 'health'],
  ['start', 'daemon start'],
  ['exec', 'run'],
]);

/** Shorter words are an edit away from too many. */
const SHORTEST_GUESSED = 3;

/**
 * The command that may be meant, as it follows `tenure`; undefined where none comes near.
 *
 * @param group the words before it, such as `session`.
 * @param known the names of the group's commands.
 */
export function meantCommand(group: readonly string[], word: string, known: readonly string[]): string | undefined {
  const elsewhere = ELSEWHERE.get([...group, word].join(' '));
  if (elsewhere !== undefined) return elsewhere;
  const synonym = SYNONYMS.get(word)?.find((name) => known.includes(name));
  const meant = synonym ?? (word.length < SHORTEST_GUESSED ? undefined : nearest(word, known));
  return meant === undefined ? undefined : [...group, meant].join(' ');
}

function alike(words: readonly string[], names: readonly string[]): readonly (readonly [string, readonly string[]])[] {
  return words.map((word) => [word, names]);
}

/** What the word begins, or is one slip of the finger away from. */
function nearest(word: string, known: readonly string[]): string | undefined {
  return known.find((name) => name.startsWith(word)) ?? known.find((name) => isOneSlip(word, name));
}

/** Whether a letter too many, too few or wrong, or two that changed places, are all that differs. */
function isOneSlip(word: string, name: string): boolean {
  let start = 0;
  while (start < word.length && word[start] === name[start]) start += 1;
  let end = 0;
  const most = Math.min(word.length, name.length) - start;
  while (end < most && word.at(-1 - end) === name.at(-1 - end)) end += 1;
  const [typed, meant] = [word.slice(start, word.length - end), name.slice(start, name.length - end)];
  if (typed.length <= 1 && meant.length <= 1) return true;
  return typed.length === 2 && typed === [...meant].reverse().join('');
}
