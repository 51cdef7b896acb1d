import type { CommandNode, OptionNode } from '../command_tree.js';

/** Something that may be written next. */
export interface Candidate {
  readonly value: string;
  readonly description: string;
}

/** What may stand where the cursor is. */
export type Wish =
  | { readonly kind: 'words'; readonly candidates: readonly Candidate[] }
  /** A value: of an argument or option of this name, below these commands. `written` is what of it is there. */
  | {
      readonly kind: 'value';
      readonly path: readonly string[];
      readonly slot: string;
      readonly written: string;
      readonly before: string;
    }
  /** A program's command line, which is the shell's matter. */
  | { readonly kind: 'command' }
  | { readonly kind: 'nothing' };

/** Where a reader of the words stands. */
interface Place {
  node: CommandNode;
  readonly path: string[];
  /** Arguments that have been given. */
  given: number;
  /** An option whose value comes next. */
  open: OptionNode | undefined;
  /** Nothing that follows is an option. */
  plain: boolean;
}

/**
 * What the last of the words may be; it may be empty. `takesCommand` says of
 * which commands a program's command line follows `--`.
 */
export function wishOf(
  root: CommandNode,
  words: readonly string[],
  takesCommand: (path: readonly string[]) => boolean,
): Wish {
  const place: Place = { node: root, path: [], given: 0, open: undefined, plain: false };
  const current = words.at(-1) ?? '';
  for (const word of words.slice(0, -1)) {
    if (word === '--' && !place.plain && place.open === undefined) {
      if (takesCommand(place.path)) return { kind: 'command' };
      place.plain = true;
    } else step(place, word);
  }
  return wishAt(place, current);
}

function step(place: Place, word: string): void {
  if (place.open !== undefined) {
    place.open = undefined;
    return;
  }
  if (!place.plain && word.startsWith('-') && word !== '-') {
    const option = optionNamed(place.node, word);
    if (option?.valueName !== undefined && !option.optional && !word.includes('=')) place.open = option;
    return;
  }
  const child = place.given === 0 ? place.node.children.find(({ name }) => name === word) : undefined;
  if (child === undefined) place.given += 1;
  else {
    place.node = child;
    place.path.push(word);
  }
}

function wishAt({ node, path, given, open, plain }: Place, current: string): Wish {
  if (open?.valueName !== undefined) {
    return { kind: 'value', path, slot: slotOf(open), written: current, before: '' };
  }
  if (!plain && current.startsWith('-')) return optionWish(node, path, current);
  if (node.children.length > 0) {
    const candidates = node.children.map(({ name, summary }) => ({ value: name, description: summary }));
    return { kind: 'words', candidates: candidates.filter(({ value }) => value.startsWith(current)) };
  }
  const slot = node.arguments[Math.min(given, node.arguments.length - 1)];
  if (slot === undefined || (given >= node.arguments.length && !slot.variadic)) return { kind: 'nothing' };
  return { kind: 'value', path, slot: slot.name, written: current, before: '' };
}

function optionWish(node: CommandNode, path: readonly string[], current: string): Wish {
  const equals = current.indexOf('=');
  if (equals >= 0) {
    const option = optionNamed(node, current);
    if (option?.valueName === undefined) return { kind: 'nothing' };
    const before = current.slice(0, equals + 1);
    return { kind: 'value', path, slot: slotOf(option), written: current.slice(equals + 1), before };
  }
  const candidates = node.options.flatMap(({ names, summary }) => {
    const [value = ''] = names;
    return value.startsWith(current) ? [{ value, description: summary }] : [];
  });
  return { kind: 'words', candidates };
}

function optionNamed({ options }: CommandNode, word: string): OptionNode | undefined {
  const [name = ''] = word.split('=', 1);
  return options.find(({ names }) => names.includes(name));
}

/** `--adapter` and `-g` take a `<name>` both: the option says more than its value's name. */
function slotOf({ names, valueName = '' }: OptionNode): string {
  return `${names[0] ?? ''} ${valueName}`;
}
