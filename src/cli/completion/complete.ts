import { type CommandNode, treeOf } from '../command_tree.js';
import { reasonsAndTexts } from '../errors/errors_help.js';
import { printLine } from '../output.js';
import { buildProgram } from '../program.js';
import { printable } from '../style.js';
import { takesCommandLine } from '../takes_command.js';
import { askDaemon } from './ask_daemon.js';
import { joinBreaks } from './bash_words_rules.js';
import { valueKind } from './value_rules.js';
import { type Candidate, type Wish, wishOf } from './wish_rules.js';

const HELP_PAGES = [
  {
    ...leaf('errors', 'what the reasons of errors mean'),
    children: reasonsAndTexts().map(({ reason, text }) => leaf(reason, text)),
  },
  leaf('exit-codes', 'what the exit codes mean'),
];

/** What a shell gets: who knows the rest, and what is known here. */
interface Answer {
  /** `words`: the candidates alone. Of the others the shell knows. */
  readonly kind: 'words' | 'files' | 'folders' | 'command';
  readonly candidates: readonly Candidate[];
}

/**
 * Answers a shell that completes the last of the words: a line for the kind,
 * then a line a candidate, `VALUE<tab>DESCRIPTION`. The first word given is the
 * shell's own name.
 */
export async function complete([shell = '', ...given]: readonly string[]): Promise<void> {
  const { words, before } = shell === 'bash' ? joinBreaks(given) : { words: given, before: '' };
  const { kind, candidates } = await answerTo(words);
  await printLine(kind);
  for (const { value, description } of candidates) {
    if (!value.startsWith(before)) continue;
    const [first = ''] = description.split('\n', 1);
    await printLine(`${printable(value.slice(before.length))}\t${printable(first)}`);
  }
}

async function answerTo(words: readonly string[]): Promise<Answer> {
  const program = await buildProgram(words, undefined);
  return await answerOf(
    wishOf(withHelp(treeOf(program), HELP_PAGES), words, ([first, second]) => takesCommandLine(first, second)),
  );
}

/** `help` takes the name of any command beside it; the first one has pages of its own. */
function withHelp(node: CommandNode, pages: readonly CommandNode[] = []): CommandNode {
  const others = node.children.filter(({ name }) => name !== 'help');
  const named = others.map(({ name, summary }) => leaf(name, summary));
  const children = node.children.map((child) =>
    child.name === 'help' ? { ...child, children: [...named, ...pages] } : withHelp(child),
  );
  return { ...node, children };
}

function leaf(name: string, summary: string): CommandNode {
  return { name, summary, children: [], arguments: [], options: [] };
}

async function answerOf(wish: Wish): Promise<Answer> {
  switch (wish.kind) {
    case 'words':
      return { kind: 'words', candidates: wish.candidates };
    case 'command':
      return { kind: 'command', candidates: [] };
    case 'nothing':
      return { kind: 'words', candidates: [] };
    case 'value': {
      const { path, slot, written, before } = wish;
      const kind = valueKind(path, slot);
      if (kind === undefined) return { kind: 'words', candidates: [] };
      if (kind === 'file') return { kind: 'files', candidates: [] };
      if (kind === 'folder') return { kind: 'folders', candidates: [] };
      if (kind === 'program') return { kind: 'command', candidates: [] };
      const found = typeof kind === 'string' ? await askDaemon(kind, written) : choices(kind.oneOf, written);
      return { kind: 'words', candidates: found.map((each) => ({ ...each, value: `${before}${each.value}` })) };
    }
  }
}

function choices(all: readonly string[], written: string): readonly Candidate[] {
  return all.filter((value) => value.startsWith(written)).map((value) => ({ value, description: '' }));
}
