import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SessionLife } from '../../../src/session/launched/life.js';
import type { MainEnd } from '../../../src/session/launched/outcome_rules.js';

const NOBODY = { pid: 2_000_001, startTicks: 1 };

test('an end that could not be read is read again, and is not lost', async () => {
  let reads = 0;
  const faults: unknown[] = [];
  const end = await new Promise<MainEnd>((resolve) => {
    const life = new SessionLife(
      { shim: NOBODY, main: NOBODY },
      {
        processWatch: {
          isAlive: () => false,
          onExit: (_process, listener) => {
            setImmediate(listener);
            return () => undefined;
          },
        },
        readExit: async () => {
          reads += 1;
          if (reads === 1) throw new Error('too many open files');
          return { kind: 'code', code: 5, endWallMs: 1, durationMs: 1 };
        },
        onEnd: resolve,
        onFault: (fault) => void faults.push(fault),
      },
    );
    life.start();
  });
  assert.deepEqual([end, faults.length], [{ kind: 'code', code: 5 }, 1]);
});
