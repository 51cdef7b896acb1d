// needs: strace
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { EmbeddedHome } from '../store/embedded_home.js';

const WRITER = join(import.meta.dirname, '..', 'store', 'acknowledging_writer.ts');
interface Traced {
  readonly code: number | null;
  readonly acknowledged: readonly number[];
  readonly stderr: string;
  /** System calls in the order in which they ended. */
  readonly calls: readonly string[];
}

/** A writer of durable commits under strace, done after this many. */
async function traceWriter(home: EmbeddedHome, strace: readonly string[], most: number): Promise<Traced> {
  const log = join(home.stateDir, 'strace.log');
  const writer = [process.execPath, '--conditions=tenure-source', '--import', 'tsx', WRITER];
  const commits = [home.stateDir, '1', 'durable', '1', String(most)];
  const child = spawn('strace', [...strace, '--seccomp-bpf', '-f', '-o', log, ...writer, ...commits], {
    // strace counts the calls of each thread alone.
    env: { ...process.env, UV_THREADPOOL_SIZE: '1' },
  });
  let output = '';
  let stderr = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = await once(child, 'close');
  const calls = [...wholeCalls(readFileSync(log, 'utf8').split('\n'))];
  return { code, acknowledged: output.split('\n').slice(0, -1).map(Number), stderr, calls };
}

/** A call during which another thread made one stands in two lines; here it is one, where it ended. */
function* wholeCalls(lines: readonly string[]): Generator<string> {
  const begun = new Map<string, string>();
  for (const line of lines) {
    const [, thread = '', text = ''] = /^(\d+) +(.*)$/.exec(line) ?? [];
    const beginning = / *<unfinished \.\.\.>$/;
    if (beginning.test(text)) begun.set(thread, text.replace(beginning, ''));
    else yield text.replace(/^<\.\.\. \w+ resumed>/, begun.get(thread) ?? '');
  }
}

test('a durable commit is acknowledged after its data and its meta page were synced', async (t) => {
  const home = new EmbeddedHome(t, 1);
  const traced = await traceWriter(home, ['-e', 'trace=fdatasync,openat,pwrite64,write'], 40);
  assert.equal(traced.acknowledged.length, 40);
  let synced = false;
  let published = false;
  let checked = 0;
  const metaFds = new Set<string>();
  for (const call of traced.calls) {
    if (/openat\(.*durable\/data\.mdb.*O_DSYNC.* = (\d+)$/.test(call)) metaFds.add(/= (\d+)$/.exec(call)?.[1] ?? '');
    if (/fdatasync\(\d+\) += 0$/.test(call)) synced = true;
    const meta = /pwrite64\((\d+),.*\) += 128$/.exec(call);
    if (meta !== null && metaFds.has(meta[1] ?? '')) published = synced;
    if (/write\(1, "\d+\\n"/.test(call)) {
      assert.ok(synced && published, call);
      checked += 1;
      synced = false;
      published = false;
    }
  }
  assert.equal(checked, 40);
});

test('an fsync that fails acknowledges nothing, and nothing is written after it', async (t) => {
  const home = new EmbeddedHome(t, 1);
  const { code, acknowledged, stderr } = await traceWriter(
    home,
    ['-e', 'trace=fdatasync', '-e', 'inject=fdatasync:error=EIO:when=20'],
    200,
  );
  assert.equal(code, 1);
  assert.match(stderr, /StoreError/);
  assert.match(stderr, /fault: 'failed'/);
  assert.ok(acknowledged.length > 0 && acknowledged.length < 20);
  const store = await home.open();
  const { events } = await store.load();
  assert.deepEqual(
    events.map((event) => event.revision),
    acknowledged,
  );
  await store.close();
});
