/**
 * Commits without pause and prints the number of each commit once it is
 * acknowledged. Killed by the test that starts it, or done after the last number.
 */
import { writeSync } from 'node:fs';
import { openEmbeddedStore } from '../../src/store/embedded.js';
import type { Durability } from '../../src/store/port.js';

const [stateDir = '', first = '', durability = '', inFlight = '16', most = '1000000'] = process.argv.slice(2);

const store = await openEmbeddedStore({ stateDir, bootId: 'this-boot', wallClockMicros: () => 1 });
let next = Number(first);

/** At once: a stream would wait for a turn of the event loop, which commits into memory never leave to it. */
function print(line: string): void {
  for (;;) {
    try {
      writeSync(1, line);
      return;
    } catch (error) {
      // Its reader is slow.
      if (!(error instanceof Error && 'code' in error && error.code === 'EAGAIN')) throw error;
    }
  }
}

async function write(place: Durability): Promise<void> {
  while (next <= Number(most)) {
    const number = next;
    next += 1;
    const value = Buffer.alloc(200 + (number % 7) * 300, number);
    const writes = [0, 1, 2].map((part) => ({ durability: place, key: `${number}.${part}`, value }));
    // Written again by each commit: shows that they took effect in order.
    writes.push({ durability: place, key: 'last', value: Buffer.from(`${number}`) });
    await store.commit({ durability: place, writes, events: [{ revision: number, bytes: value }] });
    print(`${number}\n`);
  }
}

try {
  await Promise.all(Array.from({ length: Number(inFlight) }, () => write(durability === 'boot' ? 'boot' : 'durable')));
} finally {
  await store.close();
}
