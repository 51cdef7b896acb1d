// needs: root podman busybox mount umount
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TenureError } from '@tenure/client';
import { endOf, launchAgent, outcomeOf, runAgent, untilPrinted } from './agent_sessions.js';
import { podmanFor, worldWith } from './podman_world.js';
import { SmallDisk } from './small_disk.js';
import { IMAGE } from './test_podman.js';

test('a full disk of podman’s: launches are refused with what to do, running sessions end as they are, nothing is left', async (t) => {
  const disk = new SmallDisk(t, 24);
  const podman = podmanFor(t, disk.folder);
  const agents = `  quick: {image: '${IMAGE}', command: ['true']}
  slow: {image: '${IMAGE}', command: [sh, -c, 'trap "exit 3" TERM; echo begun; while :; do sleep 0.1; done']}\n`;
  const world = worldWith(t, podman, agents);
  await world.startDaemon();
  const client = await world.connect();
  const { sessionId } = await launchAgent(client, 'slow');
  await untilPrinted(client, sessionId, 'begun');
  disk.fill();
  await assert.rejects(launchAgent(client, 'quick'), (error) => {
    assert.ok(error instanceof TenureError);
    assert.equal(error.reason, 'LAUNCH_FAILED');
    assert.match(error.message, /no space left on device; make room in podman's storage/);
    return true;
  });
  await client.sessions.stopSession({ sessionId });
  assert.match(outcomeOf(await endOf(client, sessionId)), /^CANCELLED/);
  disk.free();
  assert.equal(outcomeOf(await runAgent(client, 'quick')), 'SUCCESS 0');
  await podman.untilEmpty();
});
