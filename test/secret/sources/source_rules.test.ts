import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readSource, type Source, sourceText } from '../../../src/secret/sources/source_rules.js';

function faultOf(text: string): string {
  const read = readSource(text);
  return read.kind === 'fault' ? read.fault : `none: ${JSON.stringify(read)}`;
}

const printable = fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 40 });
const segment = fc.string({
  unit: fc.constantFrom('a', 'B', '1', '.', ' ', '#', ':', 'é', '🔑'),
  minLength: 1,
  maxLength: 9,
});
const secretName = fc.array(segment, { minLength: 1, maxLength: 4 }).map((parts) => parts.join('/'));

const sources: fc.Arbitrary<Source> = fc.oneof(
  fc.record({ kind: fc.constant('vault' as const), name: secretName }),
  fc.record({ kind: fc.constant('env' as const), name: fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_]{0,20}$/) }),
  fc.record({
    kind: fc.constant('file' as const),
    path: fc.tuple(fc.constantFrom('/', '~/'), printable).map((parts) => parts.join('')),
    key: fc.option(
      printable.filter((key) => !key.includes('#')),
      { nil: undefined },
    ),
  }),
  fc.record({ kind: fc.constant('exec' as const), command: printable.filter((text) => text.trim() !== '') }),
);

test('each kind of source is read', () => {
  assert.deepEqual(readSource('vault:team/token'), { kind: 'vault', name: 'team/token' });
  assert.deepEqual(readSource('env:GITHUB_TOKEN'), { kind: 'env', name: 'GITHUB_TOKEN' });
  assert.deepEqual(readSource('file:/etc/a b'), { kind: 'file', path: '/etc/a b', key: undefined });
  assert.deepEqual(readSource('file:~/.c.json#db.password'), { kind: 'file', path: '~/.c.json', key: 'db.password' });
  assert.deepEqual(readSource('file:/a#b#'), { kind: 'file', path: '/a#b', key: undefined });
  assert.deepEqual(readSource('file:/a#b#c'), { kind: 'file', path: '/a#b', key: 'c' });
  assert.deepEqual(readSource('exec:pass show a#b | head -1'), { kind: 'exec', command: 'pass show a#b | head -1' });
});

test('a source is what its text says', () => {
  fc.assert(
    fc.property(sources, (source) => {
      assert.deepEqual(readSource(sourceText(source)), { ...source });
    }),
  );
});

test('a text that is a source is the text of that source', () => {
  const texts = fc.tuple(
    fc.constantFrom('vault:', 'env:', 'file:', 'file:/', 'file:~/', 'exec:', ''),
    fc.string({ unit: fc.constantFrom('a', 'B', '1', '_', '#', '/', '~', ':', ' ', '.', 'é', '\n'), maxLength: 12 }),
  );
  fc.assert(
    fc.property(texts, ([start, rest]) => {
      const read = readSource(start + rest);
      if (read.kind !== 'fault') assert.equal(sourceText(read), start + rest);
    }),
  );
});

test('what is no source is refused in words that say what to do', () => {
  const refused: readonly (readonly [string, RegExp])[] = [
    ['', /empty; give one of env:NAME, .* exec:COMMAND/],
    ['ghp_secret', /no known kind; give one of env:NAME/],
    ['https://a', /no known kind/],
    ['Env:A', /no known kind/],
    ['vault:', /names no secret; after vault: write its name/],
    ['vault:a//b', /empty segment/],
    ['env:', /names no variable/],
    ['env:1A', /no digit first/],
    ['env:A-B', /names no variable/],
    ['env:A=B', /names no variable/],
    ['file:', /no absolute path/],
    ['file:a', /no absolute path; after file: begin it with \/ or ~\//],
    ['file:./a', /no absolute path/],
    ['file:~', /no absolute path/],
    ['file:~other/a', /no absolute path/],
    ['file:#a', /no absolute path/],
    ['file:/', /names a folder/],
    ['file:~/', /names a folder/],
    ['file:/a#', /ends in #/],
    ['exec:', /has no command/],
    ['exec:  ', /has no command/],
    ['exec:a\nb', /control character/],
    ['file:/a\0b', /control character/],
    [`exec:${'é'.repeat(2_046)}`, /more than 4096 bytes/],
  ];
  for (const [text, words] of refused) assert.match(faultOf(text), words, JSON.stringify(text));
  assert.equal(readSource(`exec:${'x'.repeat(4_091)}`).kind, 'exec');
});

test('a refusal repeats nothing: it may have been the value', () => {
  const marker = 'MARKER';
  for (const start of ['', 'vault:/', 'env:1', 'file:', 'file:./', 'exec:\n', `${marker}:`, `\0`, 'x'.repeat(5_000)]) {
    assert.equal(faultOf(`${start}${marker}`).includes(marker), false, start.slice(0, 10));
  }
});
