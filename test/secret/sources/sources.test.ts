import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Refusal } from '../../../src/rpc/refusal.js';
import { temporaryFolder, until } from '../../os/child_process.js';
import { allOf, assertRefused, sourceRefusal, sourcesFor, textOfSource } from './source_room.js';

function isRefusal(reason: string): (error: unknown) => boolean {
  return (error) => error instanceof Refusal && error.reason === reason;
}

const linesOf = (file: string): number => (existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0);

function isGone(pidFile: string): boolean {
  try {
    const stat = readFileSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('Z');
  } catch {
    return true;
  }
}

test('the value is what a command prints, without one line end and otherwise byte for byte', async (t) => {
  const sources = sourcesFor(t);
  const printed: readonly (readonly [string, string])[] = [
    ['value', 'value'],
    ['value\\n', 'value'],
    ['value\\r\\n', 'value'],
    ['value\\n\\n', 'value\n'],
    ['two\\nlines\\n', 'two\nlines'],
    ['\\000\\377\\376a\\n', '\x00\xff\xfea'],
  ];
  for (const [format, value] of printed) {
    assert.equal(await textOfSource(sources, `exec:printf '${format}'`), value, format);
  }
});

test('fifty who ask at the same time run the command once, and the next one runs it again', async (t) => {
  const file = join(temporaryFolder(t), 'runs');
  const sources = sourcesFor(t);
  const text = `exec:echo run >>'${file}'; sleep 0.1; echo value`;
  const values = await Promise.all(Array.from({ length: 50 }, () => textOfSource(sources, text)));
  assert.deepEqual(new Set(values), new Set(['value']));
  assert.equal(linesOf(file), 1);
  await sources.resolve(text);
  assert.equal(linesOf(file), 2);
});

test('a command that hangs is cut at the limit with all it started, and other sources answer meanwhile', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  const sources = sourcesFor(t, { sourceTimeoutMs: 3_000 });
  const text = `exec:trap '' TERM; (trap '' TERM; echo MARKER; sleep 4711) & echo $! >'${file}'; wait; sleep 4711`;
  const order: string[] = [];
  const hanging = assertRefused(sources, text, 'timeout', /gave no value within 3 s; .* secrets.sourceTimeout/);
  const rest = hanging.then(() => order.push('hanging'));
  await until(() => linesOf(file) === 1, 'the command runs');
  assert.equal(await textOfSource(sources, 'exec:echo other'), 'other');
  order.push('other');
  await rest;
  assert.deepEqual(order, ['other', 'hanging']);
  await until(() => isGone(file), 'what the command started is gone');
});

test('commands beyond the most at once wait within their own limit, and other kinds do not wait', async (t) => {
  const folder = temporaryFolder(t);
  let sourceTimeoutMs = 20_000;
  const sources = sourcesFor(t, { settings: () => ({ envFile: undefined, sourceTimeoutMs }) });
  const controller = new AbortController();
  const busy = Array.from({ length: 64 }, (_, index) =>
    sources.resolve(`exec:echo >>'${folder}/busy'; exec sleep 4711; : ${index}`, controller.signal),
  );
  const left = Promise.allSettled(busy);
  await until(() => linesOf(join(folder, 'busy')) === 64, 'all run');
  const patient = textOfSource(sources, `exec:echo late`);
  sourceTimeoutMs = 100;
  await assertRefused(sources, `exec:echo >'${folder}/ran'`, 'timeout', /no value within 0.1 s/);
  sourceTimeoutMs = 20_000;
  assert.equal(await textOfSource(sources, 'file:/proc/sys/kernel/ostype'), 'Linux');
  controller.abort(new Refusal('CANCELLED', 'enough'));
  await left;
  assert.equal(await patient, 'late');
  assert.equal(existsSync(join(folder, 'ran')), false);
});

test('a caller that gives up lets only itself go; when all have, the command ends', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  const sources = sourcesFor(t);
  const text = `exec:echo $$ >'${file}'; exec sleep 4711`;
  const [one, two] = [new AbortController(), new AbortController()];
  const first = sources.resolve(text, one.signal);
  const second = sources.resolve(text, two.signal);
  await until(() => linesOf(file) === 1, 'the command runs');
  one.abort(new Refusal('CANCELLED', 'the call was cancelled'));
  await assert.rejects(first, isRefusal('CANCELLED'));
  assert.equal(isGone(file), false);
  two.abort(new Refusal('CANCELLED', 'the call was cancelled'));
  await assert.rejects(second, isRefusal('CANCELLED'));
  await until(() => isGone(file), 'the command is gone');
});

test('after forget a new question is asked, though an older one is under way', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t);
  const text = `exec:cd '${folder}' && if mkdir first; then until [ -e go ]; do sleep 0.02; done; echo old; else echo new; fi`;
  const old = textOfSource(sources, text);
  await until(() => existsSync(join(folder, 'first')), 'the first one runs');
  sources.forget(text);
  assert.equal(await textOfSource(sources, text), 'new');
  await sources.resolve(`exec:echo >'${folder}/go'; echo done`);
  assert.equal(await old, 'old');
});

test('a failing command is told by how it ended, never by what it printed', async (t) => {
  const sources = sourcesFor(t);
  await assertRefused(sources, 'exec:echo MARKER; echo MARKER >&2; exit 3', 'failed', /ended with exit code 3; run it/);
  await assertRefused(sources, 'exec:printf MARKER; kill -9 $$', 'failed', /died of SIGKILL/);
  await assertRefused(sources, 'exec:true', 'empty', /gave nothing; a value has 1 to 65536 bytes/);
  await assertRefused(sources, 'exec:echo; echo MARKER >&2', 'empty', /gave nothing/);
  await assertRefused(sources, 'exec:yes MARKER', 'too-large', /gave too much; a value has 1 to 65536 bytes/);
});

test('a value has at most 65,536 bytes', async (t) => {
  const sources = sourcesFor(t);
  const zeros = (count: number): string => `exec:head -c ${count} /dev/zero | tr '\\0' x`;
  assert.equal((await sources.resolve(zeros(65_536))).length, 65_536);
  assert.equal((await sources.resolve(`${zeros(65_536)}; echo`)).length, 65_536);
  await assertRefused(sources, zeros(65_537), 'too-large', /gave too much/);
});

test('a command gets the given environment, and runs in /', async (t) => {
  const sources = sourcesFor(t, { environment: { PATH: process.env['PATH'], GIVEN: 'yes' } });
  assert.equal(await textOfSource(sources, 'exec:echo $GIVEN $PWD'), 'yes /');
});

test('a name in the vault answers with its value', async (t) => {
  const values = new Map([
    ['team/token', Buffer.from('kept')],
    ['empty', Buffer.alloc(0)],
  ]);
  const sources = sourcesFor(t, { vaultValue: (name) => values.get(name) });
  assert.equal(await textOfSource(sources, 'vault:team/token'), 'kept');
  await assertRefused(sources, 'vault:none', 'missing', /has no value in the vault; .*tenure secret put/);
  await assertRefused(sources, 'vault:empty', 'empty', /gave nothing/);
});

test('what is no source is refused as such, without a repetition', async (t) => {
  const sources = sourcesFor(t);
  await assert.rejects(sources.resolve('MARKER'), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.reason, 'INVALID_FIELD');
    assert.match(error.message, /^source is of no known kind/);
    return !allOf(error).includes('MARKER');
  });
});

test('a long source text is shortened in the message, and whole beside it', async (t) => {
  const text = `exec:exit 1; : ${'x'.repeat(1_000)}`;
  const sources = sourcesFor(t);
  await assert.rejects(sources.resolve(text), (error) => {
    assert.ok(error instanceof Refusal);
    assert.equal(error.metadata['source'], text);
    assert.match(error.message, /^the source 'exec:exit 1; : x+…' ended with exit code 1; run/);
    return error.message.length < 400;
  });
});

test('many questions on one signal need no more than the signal', async (t) => {
  const warnings: string[] = [];
  const hear = ({ name }: Error): void => void warnings.push(name);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const sources = sourcesFor(t);
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 30 }, (_, index) => sources.resolve(`exec:echo ${index}`, signal)));
  // Warnings are told of later in the same turn.
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(warnings, []);
});

test('close ends what is under way, and answers nothing more', async (t) => {
  const file = join(temporaryFolder(t), 'pid');
  const sources = sourcesFor(t);
  const asked = sources.resolve(`exec:echo $$ >'${file}'; exec sleep 4711`);
  const ended = assert.rejects(asked, isRefusal('SHUTTING_DOWN'));
  await until(() => linesOf(file) === 1, 'the command runs');
  await sources.close();
  await until(() => isGone(file), 'the command is gone');
  await ended;
  await assert.rejects(sources.resolve('exec:echo value'), isRefusal('SHUTTING_DOWN'));
});

test('a refusal of a source comes as SOURCE_FAILED with what it is about', async (t) => {
  const { code, metadata } = await sourceRefusal(sourcesFor(t), 'env:NOWHERE');
  assert.deepEqual(metadata, { source: 'env:NOWHERE', cause: 'missing' });
  assert.equal(code, 9);
});
