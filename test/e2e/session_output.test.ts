import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { OutputStream, SessionOutcome } from '@tenure/client';
import { launchScript, sessionOf, startSessionDaemon } from './session_processes.js';
import { until } from './until.js';
import { World } from './world.js';

const MIB = 1024 * 1024;
/** What the session prints. */
const PRINTED = 100 * MIB;
/** What is kept of it: as asked for, and a segment of 1 MiB at most beside the one that is written to. */
const KEPT = 8 * MIB;
/** What is on its way to four readers, and what the garbage collector has not taken yet: 50 MB on Node 24. All that they are owed is 400 MB. */
const MOST_GROWTH_MB = 96;
/** Without a reader it takes a second or two. */
const LIMIT_MS = 60_000;

function residentMb(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

describe('a session that prints 100 MB', () => {
  test('to a reader that does not read: it is not held up, the daemon does not grow, the oldest goes', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    const daemon = await startSessionDaemon(world);
    const client = await world.connect();
    // Numbered lines of 16 bytes, so that each byte tells where it stood.
    const script = `read go < ./go; awk 'BEGIN { for (i = 0; i < ${PRINTED / 16}; i++) printf "%015d\\n", i }'`;
    await world.start('mkfifo', ['go']).ended;
    const { sessionId } = await launchScript(world, client, script, { limits: { outputBytes: BigInt(KEPT) } });
    const stop = new AbortController();
    const readers = Array.from({ length: 4 }, () =>
      client.streamOutput({ sessionId, follow: true, signal: stop.signal })[Symbol.asyncIterator](),
    );
    // Opened by the first question, of which the answer is not taken.
    const first = readers.map((reader) => reader.next());
    const before = residentMb(daemon.pid);
    await world.start('sh', ['-c', 'echo go > go']).ended;
    let most = before;
    const begin = performance.now();
    const ended = await until(
      'the end of the session',
      async () => {
        most = Math.max(most, residentMb(daemon.pid));
        const session = await sessionOf(client, sessionId);
        return session.outcome === SessionOutcome.UNSPECIFIED ? undefined : session;
      },
      LIMIT_MS,
    );
    t.diagnostic(`100 MB in ${Math.round(performance.now() - begin)} ms; RSS ${before} MB before, ${most} MB at most`);
    assert.equal(ended.outcome, SessionOutcome.SUCCESS);
    assert.equal(ended.stdoutBytes, BigInt(PRINTED), 'dropped bytes count, too');
    assert.ok(most - before < MOST_GROWTH_MB, `the daemon grew from ${before} to ${most} MB`);
    await Promise.all(first);
    stop.abort();

    // What is kept is the newest, whole, at its true offsets.
    let next: number | undefined;
    let oldest = 0;
    for await (const { stream, offset, chunk } of client.streamOutput({ sessionId })) {
      assert.equal(stream, OutputStream.STDOUT);
      oldest = next === undefined ? Number(offset) : oldest;
      if (next !== undefined) assert.equal(Number(offset), next, 'no gap');
      next = Number(offset) + chunk.length;
      const line = Math.ceil(Number(offset) / 16);
      const at = line * 16 - Number(offset);
      const text = Buffer.from(chunk.subarray(at, at + 16)).toString();
      if (text.length === 16) assert.equal(text, `${String(line).padStart(15, '0')}\n`);
    }
    assert.equal(next, PRINTED);
    const kept = PRINTED - oldest;
    assert.ok(kept >= KEPT && kept <= KEPT + 2 * MIB, `${kept} bytes are kept`);
  });

  test('without a reader, while the daemon is gone', async (t) => {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    const daemon = await startSessionDaemon(world);
    const client = await world.connect();
    await world.start('mkfifo', ['go']).ended;
    const script = `read go < ./go; head -c ${PRINTED} /dev/zero; exit 5`;
    const { sessionId } = await launchScript(world, client, script);
    daemon.kill('SIGKILL');
    await daemon.ended;
    await world.start('sh', ['-c', 'echo go > go']).ended;
    await startSessionDaemon(world);
    const { session } = await client.sessions.waitSession({ sessionId });
    assert.deepEqual([session?.outcome, session?.stdoutBytes], [SessionOutcome.WORK_FAILED, BigInt(PRINTED)]);
  });
});
