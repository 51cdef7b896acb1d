import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Durability } from '../../src/store/port.js';
import { EmbeddedHome } from './embedded_home.js';

const ROUNDS = 5;
const WRITER = join(import.meta.dirname, 'acknowledging_writer.ts');

/** Starts a writer, kills it after this many acknowledgements and some more microseconds; what it acknowledged. */
async function killedWriter(stateDir: string, first: number, durability: Durability, after: number): Promise<number[]> {
  const args = ['--conditions=tenure-source', '--import', 'tsx', WRITER, stateDir, String(first), durability];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  let output = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
    seen += text.split('\n').length - 1;
    if (seen >= after) child.kill('SIGKILL');
  });
  const [code, signal] = await once(child, 'close');
  assert.deepEqual([code, signal], [null, 'SIGKILL'], stderr);
  // A last line that was cut off acknowledges nothing.
  return output.split('\n').slice(0, -1).map(Number);
}

for (const durability of ['boot', 'durable'] as const) {
  test(`kill -9 loses nothing that was acknowledged, and leaves no commit in part: ${durability}`, async (t) => {
    const home = new EmbeddedHome(t, 1);
    const acknowledged = new Set<number>();
    let first = 1;
    for (let round = 0; round < ROUNDS; round += 1) {
      const after = 1 + Math.floor(Math.random() ** 2 * 2_000);
      for (const number of await killedWriter(home.stateDir, first, durability, after)) acknowledged.add(number);
      const store = await home.open();
      const { records, events, revisionFloor } = await store.load();
      const keys = new Set(records.map((record) => record.key));
      const told = new Set(events.map((event) => event.revision));
      const present = [...told].filter((number) => [0, 1, 2].every((part) => keys.has(`${number}.${part}`)));
      assert.equal(keys.size, 3 * present.length + 1, 'a commit is there in part');
      assert.equal(told.size, present.length, 'a commit is there in part');
      const lost = [...acknowledged].filter((number) => !told.has(number));
      assert.deepEqual(lost, [], `round ${round}, killed after ${after}`);
      const newest = Math.max(...present);
      const last = records.find((record) => record.key === 'last');
      assert.equal(Buffer.from(last?.value ?? []).toString(), `${newest}`);
      assert.ok(revisionFloor >= newest);
      first = newest + 1;
      await store.close();
    }
  });
}
