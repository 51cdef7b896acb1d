import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, openSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import koffi from 'koffi';
import { temporaryFolder } from '../../os/child_process.js';
import { assertRefused, sourcesFor, textOfSource } from './source_room.js';

const ownUid = process.getuid?.() ?? 0;

test('a file is taken whole, without one line end and otherwise byte for byte', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t, { home: folder });
  const written: readonly (readonly [string, string])[] = [
    ['value', 'value'],
    ['value\n', 'value'],
    ['value\r\n', 'value'],
    ['value\n\n', 'value\n'],
    ['file\nmissing\n', 'file\nmissing'],
    ['\x00\xff\xfea\x80', '\x00\xff\xfea\x80'],
  ];
  for (const [content, value] of written) {
    writeFileSync(join(folder, 'a file'), content, 'latin1');
    assert.equal(await textOfSource(sources, `file:${folder}/a file`), value);
    assert.equal(await textOfSource(sources, 'file:~/a file'), value);
  }
});

test('a name is taken as it is, and a link for the file that it leads to', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t);
  const name = `${folder}/-e $(touch x) "';*#1`;
  writeFileSync(name, 'value');
  symlinkSync(name, `${folder}/link`);
  assert.equal(await textOfSource(sources, `file:${name}#`), 'value');
  assert.equal(await textOfSource(sources, `file:${folder}/link`), 'value');
});

test('what is no regular file is refused at once', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t);
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  symlinkSync('fifo', join(folder, 'link'));
  mkdirSync(join(folder, 'folder'));
  const server = createServer().listen(join(folder, 'socket'));
  t.after(() => server.close());
  const began = performance.now();
  for (const path of [`${folder}/fifo`, `${folder}/link`, `${folder}/folder`, `${folder}/socket`, '/dev/zero']) {
    await assertRefused(sources, `file:${path}`, 'unreadable', /is not a regular file/);
    await assertRefused(sources, `file:${path}#key`, 'unreadable', /is not a regular file/);
  }
  assert.ok(performance.now() - began < 10_000);
});

test('a file that is missing, empty or too large is told apart', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t);
  await assertRefused(sources, `file:${folder}/none`, 'missing', /is not there/);
  await assertRefused(sources, `file:${folder}/none/below`, 'missing', /is not there/);
  symlinkSync('nowhere', join(folder, 'dangling'));
  await assertRefused(sources, `file:${folder}/dangling`, 'missing', /is not there/);
  const file = join(folder, 'file');
  writeFileSync(file, '\n');
  await assertRefused(sources, `file:${file}`, 'empty', /gave nothing/);
  writeFileSync(file, `${'x'.repeat(65_536)}\n`);
  assert.equal((await sources.resolve(`file:${file}`)).length, 65_536);
  writeFileSync(file, 'x'.repeat(65_537));
  await assertRefused(sources, `file:${file}`, 'too-large', /gave too much/);
  writeFileSync(file, `KEY=value\n${'#'.repeat(1024 * 1024 - 10)}`);
  assert.equal(await textOfSource(sources, `file:${file}#KEY`), 'value');
  writeFileSync(file, 'x', { flag: 'a' });
  await assertRefused(sources, `file:${file}#KEY`, 'too-large', /has more than 1048576 bytes/);
});

test('a file that may not be read is refused', { skip: ownUid === 0 && 'root may read all' }, async (t) => {
  const folder = temporaryFolder(t);
  writeFileSync(join(folder, 'file'), 'MARKER');
  chmodSync(join(folder, 'file'), 0);
  await assertRefused(sourcesFor(t), `file:${folder}/file`, 'unreadable', /may not be read/);
});

test('a key is looked up by the kind of the file', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t);
  writeFileSync(join(folder, 'a.JSON'), '{"db": {"password": "p\\u00e4ss\\n"}, "port": 5432}');
  writeFileSync(join(folder, 'a.yml'), 'db: {password: p"s}\npin: 0042\non: yes\nkeys:\n  - &k 1e3\n  - *k\n');
  writeFileSync(join(folder, '.env'), "export TOKEN='a b'\nother.key=c\n");
  const utf8 = async (text: string): Promise<string> => Buffer.from(await sources.resolve(text)).toString();
  assert.equal(await utf8(`file:${folder}/a.JSON#db.password`), 'päss\n');
  assert.equal(await utf8(`file:${folder}/a.JSON#port`), '5432');
  assert.equal(await utf8(`file:${folder}/a.yml#db.password`), 'p"s');
  assert.equal(await utf8(`file:${folder}/a.yml#pin`), '0042');
  assert.equal(await utf8(`file:${folder}/a.yml#on`), 'yes');
  assert.equal(await utf8(`file:${folder}/a.yml#keys.1`), '1e3');
  assert.equal(await utf8(`file:${folder}/.env#TOKEN`), 'a b');
  assert.equal(await utf8(`file:${folder}/.env#other.key`), 'c');
});

test('a key that is not to be had is refused, and nothing of the file is told', async (t) => {
  const folder = temporaryFolder(t);
  const sources = sourcesFor(t);
  const warnings: string[] = [];
  const hear = ({ message }: Error): void => void warnings.push(message);
  process.on('warning', hear);
  t.after(() => process.off('warning', hear));
  const refused = async (name: string, content: string, key: string, cause: string, words: RegExp): Promise<void> => {
    writeFileSync(join(folder, name), content, 'latin1');
    await assertRefused(sources, `file:${folder}/${name}#${key}`, cause, words);
  };
  await refused('a.json', '{"a": "MARKER"}', 'b', 'missing', /names a key that is not there/);
  await refused('a.json', '{"a": {"b": "MARKER"}}', 'a', 'unreadable', /has parts; name one of them/);
  await refused('a.json', '{"a": null}', 'a', 'unreadable', /is null/);
  await refused('a.json', '{"a": ""}', 'a', 'empty', /gave nothing/);
  await refused('a.json', '{"a": "MARKER', 'a', 'unreadable', /is not valid JSON/);
  await refused('a.json', 'MARKER', 'a', 'unreadable', /is not valid JSON/);
  await refused('a.yaml', 'a: 1\nb: "MARKER\nMARKER: [', 'a', 'unreadable', /is not valid YAML, line \d/);
  await refused('a.yaml', 'a: MARKER\na: MARKER', 'a', 'unreadable', /is not valid YAML, line 2/);
  await refused('a.yaml', '? {MARKER: 1}\n: 1\n', 'a', 'missing', /is not there/);
  await refused('a.yaml', 'a:\n', 'a', 'unreadable', /is null/);
  await refused('env', 'MARKER\nA=1\n', 'b', 'missing', /not among the file's variables; its line 1 is no NAME=VALUE/);
  await refused('env', 'A=\xffMARKER\n', 'A', 'unreadable', /is not UTF-8 text/);
  const bomb = Array.from({ length: 20 }, (_, index) => `a${index + 1}: &a${index + 1} [*a${index}, *a${index}]`);
  await refused('a.yaml', `a0: &a0 MARKER\n${bomb.join('\n')}\n`, 'b', 'unreadable', /is not valid YAML/);
  assert.deepEqual(warnings, []);
});

test('a file that hangs is cut at the limit, as often as it is asked for, and other files are read', async (t) => {
  const folder = temporaryFolder(t);
  const file = join(folder, 'slow');
  writeFileSync(file, 'value');
  writeFileSync(join(folder, 'fast'), 'other');
  // The kernel lets nobody open the file while its lease is not given back.
  const [F_SETLEASE, F_WRLCK, F_UNLCK] = [1024, 1, 2];
  const fcntl = koffi.load(null).func('int fcntl(int fd, int command, int argument)');
  const ignore = (): void => undefined;
  process.on('SIGIO', ignore);
  const held = openSync(file, 'r+');
  t.after(() => {
    closeSync(held);
    process.off('SIGIO', ignore);
  });
  assert.equal(fcntl(held, F_SETLEASE, F_WRLCK), 0);
  const sources = sourcesFor(t, { sourceTimeoutMs: 3_000 });
  const hanging = Array.from({ length: 8 }, (_, index) =>
    assertRefused(sources, `file:${file}#${index}`, 'timeout', /gave no value within 3 s/),
  );
  assert.equal(await textOfSource(sources, `file:${folder}/fast`), 'other');
  await Promise.all(hanging);
  assert.equal(await textOfSource(sources, `file:${folder}/fast`), 'other');
  const closing = sourcesFor(t);
  const began = performance.now();
  const cut = assert.rejects(closing.resolve(`file:${file}`), /shutting down/);
  await closing.close();
  await cut;
  assert.ok(performance.now() - began < 10_000);
  fcntl(held, F_SETLEASE, F_UNLCK);
  assert.equal(await textOfSource(sources, `file:${file}`), 'value');
});
