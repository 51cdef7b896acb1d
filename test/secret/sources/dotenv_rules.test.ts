import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { readDotenv as readAsCli } from '../../../src/cli/secret/dotenv_rules.js';
import { readDotenv } from '../../../src/secret/sources/dotenv_rules.js';

const valuesOf = (text: string): Record<string, string> => Object.fromEntries(readDotenv(text).values);

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,9}$/);
/** All that has a meaning in an env file, and something that has none. */
const MEANINGFUL = ['A', 'b', '=', '#', ' ', '\t', '\n', '\r\n', "'", '"', '`', '\\', 'n', '$', '\\"', 'export ', 'é'];
const anything = fc.string({ unit: fc.constantFrom(...MEANINGFUL), maxLength: 30 });
const assignments = fc.tuple(
  fc.constantFrom('A=', ' export B = '),
  fc.constantFrom('', "'", '"', '`'),
  fc.string({ unit: fc.constantFrom(...MEANINGFUL), maxLength: 5 }),
  fc.constantFrom('', "'", '"', '`', '\n'),
);
const envFiles = fc.array(
  fc.oneof(
    anything,
    assignments.map((parts) => parts.join('')),
  ),
  { maxLength: 4 },
);

/** The value in double quotes, all escaped that can be. */
function escaped(value: string): string {
  const spelled: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
  return value.replace(/[\n\r\t"\\$`]/g, (character) => spelled[character] ?? `\\${character}`);
}

test('variables are read as they are usually written', () => {
  const text = [
    '\uFEFF# a comment',
    'PLAIN=value',
    '  export SPACED = two words  # and a comment',
    'EMPTY=',
    "SINGLE='as \\n it $stands # here' # comment",
    'DOUBLE="a\\nb \\"c\\" \\d \\\\"',
    'TICKS=`it\'s "both"`',
    "LINES='one",
    "# two'",
    'URL=https://a/?b=c#d',
    'dotted.name-1=x\r',
    'PLAIN=again',
  ].join('\n');
  assert.deepEqual(valuesOf(text), {
    PLAIN: 'again',
    SPACED: 'two words',
    EMPTY: '',
    SINGLE: 'as \\n it $stands # here',
    DOUBLE: 'a\nb "c" \\d \\',
    TICKS: 'it\'s "both"',
    LINES: 'one\n# two',
    'dotted.name-1': 'x',
  });
  assert.deepEqual(readDotenv(text).faults, ['line 10 has a # in its value; put that in quotes']);
});

test('a line that cannot be read is named by its number, and the others are read', () => {
  const text = 'A=1\nno assignment\n=x\nB="open\nC="a"b\nD=\'two\nlines\' x\nE=5\n';
  assert.deepEqual(valuesOf(text), { A: '1', E: '5' });
  assert.deepEqual(readDotenv(text).faults, [
    'line 2 is no NAME=VALUE',
    'line 3 is no NAME=VALUE',
    'line 4 goes on after its closing "',
    "line 6 goes on after its closing '",
  ]);
  assert.deepEqual(readDotenv("A='1\nB=2\n").faults, ["line 1 has no closing '"]);
  assert.deepEqual(valuesOf("A='1\nB=2\n"), { B: '2' });
});

test('any value comes back from double quotes, and any without a quote from single ones', () => {
  const value = fc.string({ unit: fc.constantFrom(...MEANINGFUL), maxLength: 20 });
  fc.assert(
    fc.property(names, value, anything, (name, given, before) => {
      const comment = `# ${before.replaceAll(/[\r\n]/g, ' ')}`;
      assert.equal(valuesOf(`${comment}\n${name}="${escaped(given)}" ${comment}`)[name], given);
      const single = given.replaceAll(/['\r]/g, '');
      assert.equal(valuesOf(`export ${name}='${single}'\r\n`)[name], single);
    }),
  );
});

test('lines do not depend on each other', () => {
  const lines = fc.array(fc.tuple(names, fc.stringMatching(/^[a-z0-9=/+ ]{0,10}$/)), { maxLength: 8 });
  fc.assert(
    fc.property(lines, (pairs) => {
      const text = pairs.map(([name, value]) => `${name}=${value}`).join('\n\n# between\n');
      assert.deepEqual(valuesOf(text), Object.fromEntries(pairs.map(([name, value]) => [name, value.trim()])));
    }),
  );
});

test('any text at all is read, with faults that repeat nothing of it', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(anything, fc.constant('MARKER')), { maxLength: 8 }), (parts) => {
      const { faults } = readDotenv(parts.join(''));
      for (const fault of faults) assert.equal(fault.includes('MARKER'), false, fault);
    }),
  );
});

test('the daemon reads env files as the command line does', () => {
  fc.assert(
    fc.property(envFiles, (parts) => {
      const text = parts.join('\n');
      const mine = readDotenv(text);
      const others = readAsCli(text);
      assert.deepEqual(
        Object.fromEntries(mine.values),
        Object.fromEntries(others.entries.map((e) => [e.name, e.value])),
      );
      const lines = (faults: readonly string[]) => faults.map((fault) => /^line \d+/.exec(fault)?.[0]);
      assert.deepEqual(lines(mine.faults), lines(others.faults));
    }),
    { numRuns: 3_000 },
  );
});
