import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { Leftovers } from '../../../src/session/containers/leftovers.js';
import { Podman } from '../../../src/session/containers/podman.js';
import { temporaryFolder } from '../../daemon/temporary_folder.js';

/** Of a podman that does as the script says; beside them, a file with a line for each of its runs. */
function leftoversWith(t: TestContext, script: string) {
  const folder = temporaryFolder(t);
  const runs = join(folder, 'runs');
  writeFileSync(runs, '');
  writeFileSync(join(folder, 'podman'), `#!/bin/sh\necho "$1" >>${runs}\n${script}\n`, { mode: 0o755 });
  const events: string[] = [];
  const leftovers = new Leftovers({
    podman: new Podman({ PATH: `${folder}:${process.env['PATH']}` }, new AbortController().signal),
    instance: 'i',
    standingOf: () => 'ended',
    hasStarted: () => true,
    monotonicMs: () => 0,
    events: { emit: ({ action }) => events.push(action) },
    onFault: (error) => assert.fail(String(error)),
  });
  t.after(() => leftovers.close());
  return { leftovers, events, runs: () => readFileSync(runs, 'utf8').trim().split('\n') };
}

test('a container that another podman has in hand is removed once that lets it go', async (t) => {
  const busy = 'echo "Error: container state improper: stopped" >&2; exit 2';
  const { leftovers, events, runs } = leftoversWith(t, `[ "$(wc -l <"\${0%podman}runs")" -gt 2 ] || { ${busy}; }`);
  await leftovers.remove('s', 'tenure-i-a-s');
  assert.deepEqual([runs(), events], [['rm', 'rm', 'rm'], []]);
});

test('where podman goes on to refuse, that is told, and the session’s end does not wait for ever', async (t) => {
  const { leftovers, events } = leftoversWith(t, 'echo "Error: database is locked" >&2; exit 125');
  await leftovers.remove('s', 'tenure-i-a-s');
  assert.deepEqual(events, ['session.container_left']);
});
