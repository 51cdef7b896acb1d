import assert from 'node:assert/strict';
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { SessionOutcome } from '@tenure/client/gen/tenure/session/v1/session';
import { temporaryFolder } from '../../daemon/temporary_folder.js';
import { until } from '../../e2e/until.js';
import { SessionRoom } from '../session_room.js';
import { agentWith } from './agent.js';

const LIMITS = { createMs: 30_000, startMs: 30_000, lostMs: 200 };

/** What real podman can't be brought to: a script in its place, which does as the case says and notes its calls. */
async function roomWith(
  t: TestContext,
  script: string,
  limits: Partial<typeof LIMITS> = {},
): Promise<{ room: SessionRoom; calls: () => string; followed: readonly string[] }> {
  const bin = temporaryFolder(t);
  const log = join(bin, 'calls');
  const podman = join(bin, 'podman');
  writeFileSync(podman, `#!/bin/sh\ncd ${bin}\necho "$*" >>calls\ncase $1 in\n${script}\n*) exit 0 ;;\nesac\n`);
  chmodSync(podman, 0o755);
  const environment = { PATH: `${bin}:${process.env['PATH']}` };
  const agents = [agentWith({ credentials: [{ name: 'C', source: 'env:C', as: 'file' }] })];
  const followed: string[] = [];
  const follow = <T>(operation: string, work: () => Promise<T>): Promise<T> => {
    followed.push(operation);
    return work();
  };
  const room = await SessionRoom.open(t, {
    environment,
    agents,
    containers: { limits: { ...LIMITS, ...limits }, follow },
  });
  return { room, calls: () => (existsSync(log) ? readFileSync(log, 'utf8') : ''), followed };
}

/** Makes a container whose main process is a sleep, known by the pid file that the daemon named. */
const CREATE = `create) while [ "$1" != --pidfile ]; do shift; done; echo "$2" >pidfile ;;`;

describe('a podman that hangs', () => {
  test('over a container that is to be made: nothing is launched, it is told, and all is taken back', async (t) => {
    const { room, calls } = await roomWith(t, 'create) exec sleep 600 ;;', { createMs: 1_000 });
    await assert.rejects(room.launch({ directory: '', agent: 'fixer' }), {
      reason: 'LAUNCH_FAILED',
      message: 'podman create gave no answer within 1 s and was killed; try it by hand; nothing was launched',
    });
    assert.match(calls(), /^rm --force --ignore --time 0 tenure-[a-z2-7]{12}-fixer-s/m);
    assert.match(calls(), /^secret rm tenure-[a-z2-7]{12}-s[a-z2-7]{12}-0$/m);
    assert.deepEqual((await room.list(true)).sessions, []);
  });

  test('over its start: the session is over, and says so', async (t) => {
    const { room, calls, followed } = await roomWith(t, 'start) exec sleep 600 ;;', { startMs: 1_000 });
    const { outcome } = await room.launch({ directory: '', agent: 'fixer' });
    assert.equal(outcome?.$case, 'launched');
    const ended = await room.wait(outcome.value.sessionId);
    assert.equal(ended.outcome, SessionOutcome.INFRASTRUCTURE);
    assert.equal(ended.outcomeDetail, 'podman did not start the container within 1 s');
    assert.deepEqual(followed, ['prepare', 'create']);
    assert.match(calls(), /^rm --force/m);
  });

  test('over the end: the session ends with its container, and nobody pretends to know how', async (t) => {
    const { room } = await roomWith(
      t,
      `${CREATE}\nstart) sleep 0.2 & echo $! >"$(cat pidfile)"; wait; exec sleep 600 ;;`,
    );
    const { outcome } = await room.launch({ directory: '', agent: 'fixer' });
    assert.equal(outcome?.$case, 'launched');
    const ended = await room.wait(outcome.value.sessionId);
    assert.equal(ended.outcome, SessionOutcome.EXIT_UNKNOWN);
    assert.equal(ended.outcomeDetail, 'its container ended, and podman did not say how');
  });
});

test('a container that can’t be removed is told of, and removed once it can be', async (t) => {
  const { room, calls } = await roomWith(
    t,
    `create) echo "Error: no space left on device" >&2; exit 125 ;;
rm) case "$*" in *" left") exit 0 ;; esac; : >again; echo "Error: busy" >&2; exit 125 ;;
ps) [ ! -e again ] || echo '[{"Id":"1","Names":["left"],"Image":"i","State":"created","Labels":{}}]' ;;`,
  );
  await assert.rejects(room.launch({ directory: '', agent: 'fixer' }), {
    message:
      "podman create says: no space left on device; make room in podman's storage, for instance with podman system prune; nothing was launched",
  });
  const told = room.events.find(({ action }) => action === 'session.container_left');
  assert.equal(told?.metadata['message'], 'podman rm says: busy');
  await until('it to be removed', () => calls().includes('rm --force --ignore --time 0 left\n'));
});
