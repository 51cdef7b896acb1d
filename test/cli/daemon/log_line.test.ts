import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeLogLine } from '../../../src/cli/daemon/log_line.js';

test('a line is time, level, message, and the rest by name', () => {
  const line = {
    level: 'warn',
    time: '2026-08-10T10:40:00.120Z',
    pid: 7,
    event: 'lease.revoked',
    msg: 'lease.revoked',
  };
  const told = describeLogLine(JSON.stringify({ ...line, metadata: { resource: 'a b', count: 2 }, code: 'EIO' }));
  assert.match(told, /^2026-08-10 \d\d:40:00\.120 {2}warn {3}lease\.revoked {2}resource=a b count=2 code=EIO$/);
});

test('what is no JSON object stays, but can not drive the terminal', () => {
  assert.equal(describeLogLine('plain \x1b[2J text'), 'plain \\x1b[2J text');
  assert.match(describeLogLine('{"level":"info","msg":"a\\u001b[2J"}'), /a\\x1b\[2J/);
});
