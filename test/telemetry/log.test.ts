import assert from 'node:assert/strict';
import {
  chmodSync,
  closeSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { createLog } from '../../src/telemetry/log.js';
import { LogFile } from '../../src/telemetry/log_file.js';
import { removeFolder } from '../removed_folder.js';

const TOKEN = 'tno_AbC-def_0123456789';

function memoryLog() {
  const lines: string[] = [];
  const log = createLog({ level: 'debug', destination: { write: (line) => lines.push(line) } });
  return { log, lines, last: (): Record<string, unknown> => JSON.parse(lines.at(-1) ?? '{}') };
}

function logPath(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnd-'));
  context.after(() => removeFolder(folder));
  return join(folder, 'tenured.log');
}

test('a token is cut out of messages, fields, names, errors and what hangs on them', () => {
  const { log, lines } = memoryLog();
  const error = new Error(`no such ${TOKEN}`, { cause: new Error(`in ${TOKEN}`) });
  Object.assign(error, { metadata: { leases: [`tni_${TOKEN}`] } });
  log.info(`got ${TOKEN}`);
  log.info({ deep: [{ text: `a ${TOKEN} b` }], [TOKEN]: 1 }, 'fields');
  log.error({ err: error }, 'failed');
  log.error(error);
  log.error({ error }, 'failed');
  log.child({ request: TOKEN }).warn('%s is %o', TOKEN, { TOKEN });
  assert.equal(lines.length, 6);
  for (const line of lines) {
    assert.doesNotMatch(line, /tn[oi]_/);
    assert.match(line, /redacted/);
  }
});

test('secret fields are cut out whatever they hold, at any depth', () => {
  const { log, lines } = memoryLog();
  const secrets = { token: 'a-secret', ownerToken: 'a-secret', inheritToken: 'a-secret', value: ['a-secret'] };
  log.info({ ...secrets, Authorization: 'Bearer a-secret' }, 'top');
  log.info({ request: { secrets: [secrets] } }, 'deep');
  log
    .child({ token: 'a-secret' })
    .child({ deep: { value: 'a-secret' } })
    .info('child');
  assert.doesNotMatch(lines.join(''), /a-secret/);
});

test('an error keeps its kind, message and stack', () => {
  const { log, last } = memoryLog();
  log.error({ err: new TypeError('broken') }, 'failed');
  const { err } = last();
  assert.ok(typeof err === 'object' && err !== null);
  assert.deepEqual({ ...err, stack: '' }, { type: 'TypeError', message: 'broken', stack: '' });
  assert.match(JSON.stringify(err), /log\.test\.ts/);
});

test('what refers to itself, big numbers and bytes can be logged', () => {
  const { log, last } = memoryLog();
  const loop: Record<string, unknown> = { revision: 12n, bytes: Buffer.from('secret') };
  loop['self'] = loop;
  log.info(loop, 'loop');
  assert.equal(last()['revision'], '12');
  assert.equal(last()['bytes'], '[6 bytes]');
});

test('a log file is for its owner alone, and one that is too open is closed', (t) => {
  const path = logPath(t);
  writeFileSync(path, 'old\n', { mode: 0o644 });
  chmodSync(path, 0o644);
  const file = new LogFile(path);
  file.write('new\n');
  file.close();
  assert.equal(readFileSync(path, 'utf8'), 'old\nnew\n');
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('a log file that has grown becomes .1, at start and later', (t) => {
  const path = logPath(t);
  writeFileSync(path, 'x'.repeat(60));
  const file = new LogFile(path, 50);
  file.write('first\n');
  assert.equal(readFileSync(path, 'utf8'), 'first\n');
  assert.equal(readFileSync(`${path}.1`, 'utf8').length, 60);
  file.write(`${'y'.repeat(60)}\n`);
  file.write('after\n');
  file.close();
  assert.equal(readFileSync(path, 'utf8'), 'after\n');
  assert.match(readFileSync(`${path}.1`, 'utf8'), /^first\ny+\n$/);
  assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('lines that can not be written are counted and told of later', (t) => {
  const path = logPath(t);
  const file = new LogFile(path, 10);
  mkdirSync(`${path}.1`);
  file.write('more than ten bytes\n');
  // A folder stands in the way of the rotation.
  file.write('lost\n');
  file.write('lost\n');
  rmSync(`${path}.1`, { recursive: true });
  file.write('kept\n');
  file.close();
  const [told, kept] = readFileSync(path, 'utf8').split('\n');
  assert.match(told ?? '', /2 lines could not be written/);
  assert.equal(kept, 'kept');
});

test('a log that somebody deletes is there again with the next line, also where it was about to be rotated', (t) => {
  const path = logPath(t);
  const file = new LogFile(path, 10);
  file.write('one\n');
  rmSync(path);
  file.write('more than ten bytes\n');
  assert.equal(readFileSync(path, 'utf8'), 'more than ten bytes\n');
  rmSync(path);
  file.write('two\n');
  assert.equal(readFileSync(path, 'utf8'), 'two\n');
  file.close();
});

test('what comes after the end goes nowhere: least of all into a file that has the descriptor now', (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'tnl-'));
  t.after(() => removeFolder(folder));
  const file = new LogFile(join(folder, 'log'));
  file.close();
  const others = Array.from({ length: 16 }, (_, index) => join(folder, `other${index}`));
  const opened = others.map((path) => openSync(path, 'w'));
  file.write('late\n');
  for (const fd of opened) closeSync(fd);
  assert.deepEqual(others.map((path) => readFileSync(path, 'utf8')).join(''), '');
});

test('a log file that is a link is refused', (t) => {
  const path = logPath(t);
  writeFileSync(`${path}.target`, '');
  symlinkSync(`${path}.target`, path);
  assert.throws(() => new LogFile(path), /ELOOP/);
});
