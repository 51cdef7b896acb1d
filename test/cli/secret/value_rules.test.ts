import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { argumentsFault, withoutLineEnd } from '../../../src/cli/secret/value_rules.js';

const trimmed = (text: string) => withoutLineEnd(Buffer.from(text)).toString();

test('one line end is taken off, and nothing else', () => {
  assert.equal(trimmed('hunter2\n'), 'hunter2');
  assert.equal(trimmed('hunter2\r\n'), 'hunter2');
  assert.equal(trimmed('two\nlines\n\n'), 'two\nlines\n');
  assert.equal(trimmed('hunter2\r'), 'hunter2\r');
  assert.equal(trimmed(' hunter2 '), ' hunter2 ');
  assert.equal(trimmed('\n'), '');
  assert.equal(trimmed('\r\n'), '');
  assert.equal(trimmed(''), '');
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      const value = Buffer.concat([bytes, Buffer.from('\n')]);
      const most = bytes.at(-1) === 0x0d ? bytes.length - 1 : bytes.length;
      assert.deepEqual(withoutLineEnd(value), Buffer.from(bytes.subarray(0, most)));
    }),
  );
});

test('whatever may be a value is refused without being repeated', () => {
  const marker = 'hunter2-marker';
  for (const args of [
    ['name', marker],
    ['name', '--value', marker],
    ['name', `--value=${marker}`],
    [`--value=${marker}`],
    ['name', `-${marker}`],
    [`-${marker}`, 'name'],
    [`name=${marker}`],
    ['name', 'b', 'c'],
  ]) {
    const fault = argumentsFault(args);
    assert.match(fault?.message ?? '', /ps and in the shell's history/, args.join(' '));
    assert.ok(!JSON.stringify(fault).includes(marker));
  }
  for (const args of [
    ['name', `--valeu=${marker}`],
    [`--valeu=${marker}`, 'name'],
    ['name', '--valeu', marker],
  ]) {
    const fault = argumentsFault(args);
    assert.equal(fault?.message, "unknown option '--valeu'");
    assert.ok(!JSON.stringify(fault).includes(marker));
  }
  assert.equal(argumentsFault(['team/github-token']), undefined);
});
