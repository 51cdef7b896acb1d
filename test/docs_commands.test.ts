import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { type CommandNode, treeOf } from '../src/cli/command_tree.js';
import { buildProgram } from '../src/cli/program.js';

const root = join(import.meta.dirname, '..');

/** What may name a command: the pages, and what the programs themselves say. */
function texts(): string[] {
  const below = (folder: string, ending: string) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending))
      .map((name) => join(folder, name));
  const pages = ['README.md', 'clients/typescript/README.md', ...below('docs', '.md'), ...below('examples', '.md')];
  return [...pages, ...below('src', '.ts'), ...below('proto', '.proto')];
}

/** The command lines of `tenure` in a text, without what is no longer of them: `lease list --json`. */
function commandLines(text: string): string[] {
  const found = text
    .replaceAll(/\\\n\s*>?/g, ' ')
    .matchAll(/(?<![\w/@.:-])tenure ((?:--?[a-z]|[a-z])[^\n`|;&)('"#$<>]*)/g);
  return [...found].map(([, line = '']) => line.split(/ --(?: |$)|\.(?: |$)/)[0] ?? '');
}

/** What is wrong with a command line; undefined where it is none, but a sentence on tenure. */
function faultOf(line: string, program: CommandNode): string | undefined {
  const words = line.trim().split(/\s+/);
  let node = program;
  while (true) {
    const child = node.children.find(({ name }) => name === words[0]);
    if (child === undefined) break;
    node = child;
    words.shift();
  }
  if (node === program) return undefined;
  const [word = ''] = words;
  const isGroup = node.children.length > 0;
  if (isGroup && /^[a-z][a-z-]+$/.test(word)) return `${node.name} has no command ${word}`;
  const known = new Set(node.options.flatMap(({ names }) => names));
  const unknown = words.flatMap((one) => /^--[a-z][a-z-]*/.exec(one)?.[0] ?? []).find((name) => !known.has(name));
  return unknown === undefined ? undefined : `${node.name} has no option ${unknown}`;
}

test('every command and option that a text names is there', async () => {
  const program = treeOf(await buildProgram([], undefined, { whole: true }));
  let count = 0;
  const faults: string[] = [];
  for (const path of texts()) {
    for (const line of commandLines(readFileSync(join(root, path), 'utf8'))) {
      const fault = faultOf(line, program);
      count += 1;
      if (fault !== undefined) faults.push(`${path}: tenure ${line}: ${fault}`);
    }
  }
  assert.deepEqual(faults, []);
  assert.ok(count > 300, `only ${count} are found`);
});
