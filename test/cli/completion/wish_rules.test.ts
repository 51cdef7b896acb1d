import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { CommandNode } from '../../../src/cli/command_tree.js';
import { joinBreaks } from '../../../src/cli/completion/bash_words_rules.js';
import { valueKind } from '../../../src/cli/completion/value_rules.js';
import { type Wish, wishOf } from '../../../src/cli/completion/wish_rules.js';

function node(name: string, parts: Partial<CommandNode> = {}): CommandNode {
  return { name, summary: '', children: [], arguments: [], options: [], ...parts };
}

const MODE = { names: ['--mode', '-m'], valueName: 'mode', optional: false, summary: '' };
const JSON_OUTPUT = { names: ['--json'], valueName: undefined, optional: false, summary: '' };
const TREE = node('tenure', {
  children: [
    node('run', { arguments: [{ name: 'resource', variadic: true }], options: [MODE, JSON_OUTPUT] }),
    node('lease', {
      children: [node('get', { arguments: [{ name: 'lease-id', variadic: false }] }), node('list')],
    }),
  ],
});

function wish(line: string): Wish {
  return wishOf(TREE, line.split(' '), ([first]) => first === 'run');
}

function words(line: string): string[] {
  const wished = wish(line);
  assert.equal(wished.kind, 'words', line);
  return wished.kind === 'words' ? wished.candidates.map(({ value }) => value) : [];
}

describe('what may follow', () => {
  test('are commands, then theirs, by how they begin', () => {
    assert.deepEqual(words(''), ['run', 'lease']);
    assert.deepEqual(words('le'), ['lease']);
    assert.deepEqual(words('lease '), ['get', 'list']);
    assert.deepEqual(words('lease list --'), []);
  });

  test('are options, and their values, in either way to write them', () => {
    assert.deepEqual(words('run --'), ['--mode', '--json']);
    const value = { kind: 'value', path: ['run'], slot: '--mode mode', written: 'sh' };
    assert.deepEqual(wish('run --mode sh'), { ...value, before: '' });
    assert.deepEqual(wish('run r -m sh'), { ...value, before: '' });
    assert.deepEqual(wish('run --mode=sh'), { ...value, before: '--mode=' });
    assert.deepEqual(wish('run --json=x'), { kind: 'nothing' });
  });

  test('are arguments, as many as there may be', () => {
    const value = (written: string) => ({ kind: 'value', path: ['run'], slot: 'resource', written, before: '' });
    assert.deepEqual(wish('run a'), value('a'));
    assert.deepEqual(wish('run a --mode shared --json b'), value('b'));
    assert.deepEqual(wish('lease get x'), {
      kind: 'value',
      path: ['lease', 'get'],
      slot: 'lease-id',
      written: 'x',
      before: '',
    });
    assert.deepEqual(wish('lease get x y'), { kind: 'nothing' });
  });

  test("behind -- is a program's command line, or an argument that looks like an option", () => {
    assert.deepEqual(wish('run a -- git -'), { kind: 'command' });
    const get = { kind: 'value', path: ['lease', 'get'], slot: 'lease-id', written: '-x', before: '' };
    assert.deepEqual(wish('lease get -- -x'), get);
  });

  test('is told for whatever is written', () => {
    const word = fc.oneof(
      fc.constantFrom('run', 'lease', 'get', '--', '-', '--mode', '--mode=', '-m', '--json', ''),
      fc.string(),
    );
    fc.assert(fc.property(fc.array(word), (given) => assert.ok(wishOf(TREE, given, () => false).kind !== 'command')));
  });
});

test('the names of values say who knows them', () => {
  assert.equal(valueKind(['run'], 'resource'), 'resource');
  assert.equal(valueKind(['secret', 'lease'], 'name'), 'secret');
  assert.equal(valueKind(['secret', 'put'], 'name'), 'namespace');
  assert.equal(valueKind(['secret', 'rotate'], '--namespace namespace'), 'namespace');
  assert.equal(valueKind(['secret', 'revoke'], '--name name'), 'secret');
  assert.equal(valueKind(['session', 'stop'], 'id'), 'session');
  assert.equal(valueKind(['session', 'list'], '--group name'), 'group');
  assert.equal(valueKind(['session', 'launch'], '--adapter name'), 'adapter');
  assert.equal(valueKind(['session', 'launch'], '--directory dir'), 'folder');
  assert.equal(valueKind(['lease', 'revoke'], 'lease-id'), 'lease');
  assert.equal(valueKind(['audit'], '--resource prefix'), 'resource');
  assert.deepEqual(valueKind(['run'], '--mode mode'), { oneOf: ['exclusive', 'shared'] });
  assert.equal(valueKind(['run'], '--reason text'), undefined);
});

describe('words that bash has split', () => {
  test('are joined again, and the answer leaves out what is there', () => {
    assert.deepEqual(joinBreaks(['run', '--mode', '=', 'sh']), { words: ['run', '--mode=sh'], before: '--mode=' });
    assert.deepEqual(joinBreaks(['run', '--mode', '=']), { words: ['run', '--mode='], before: '--mode=' });
    assert.deepEqual(joinBreaks(['run', 'port', ':', '80']), { words: ['run', 'port:80'], before: 'port:' });
    assert.deepEqual(joinBreaks(['run', 'a', ':', 'b', 'c']), { words: ['run', 'a:b', 'c'], before: '' });
    assert.deepEqual(joinBreaks(['run', '']), { words: ['run', ''], before: '' });
  });
});
