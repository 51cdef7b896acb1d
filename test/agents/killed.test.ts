import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SessionOutcome } from '@tenure/client';
import { AGENT_KINDS } from './agent_kinds.js';
import { AgentWorld, hasEnded, isWorking, longCommand } from './agent_world.js';

/** From the kill to the end, as it is shown. */
const SOON_MS = 10_000;

for (const kind of AGENT_KINDS) {
  describe(`${kind.adapter}, killed`, () => {
    test('a launched session is not shown as running, and how it died is', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      await world.launch(kind, directory, 'hang');
      await world.untilSession('it to work', directory, isWorking);
      for (const pid of world.running(kind.process)) process.kill(pid, 'SIGKILL');

      const start = performance.now();
      const ended = await world.untilSession('its end', directory, hasEnded);
      assert.ok(performance.now() - start < SOON_MS);
      assert.deepEqual(
        { outcome: ended.outcome, signal: ended.signal, process: ended.process },
        { outcome: SessionOutcome.SIGNAL, signal: 9, process: undefined },
      );
    });

    test('nor is one that was found, though its files still say that it works', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const agent = world.startForeign(kind, directory, 'hang');
      await world.untilSession('it to work', directory, isWorking);
      for (const pid of world.running(kind.process)) process.kill(pid, 'SIGKILL');
      await agent.exited;

      const start = performance.now();
      const ended = await world.untilSession('its end', directory, hasEnded);
      assert.ok(performance.now() - start < SOON_MS);
      assert.equal(ended.process, undefined);
    });

    test('what it left running keeps the directory until that is gone, too', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const { command, pattern } = longCommand();
      const { sessionId } = await world.launch(kind, directory, `bash: ${command}`);
      await world.untilRunning(pattern);
      for (const pid of world.running(kind.process)) process.kill(pid, 'SIGKILL');
      await world.untilSession('its end', directory, hasEnded);

      const isLeft = world.running(pattern).length > 0;
      assert.equal(isLeft, kind.orphansTools);
      const launch = ['session', 'launch', '--directory', directory, '--wait', '--', 'true'];
      if (isLeft) assert.equal((await world.run(launch)).code, 75);
      assert.equal((await world.run(['session', 'stop', sessionId])).code, 0);
      assert.deepEqual(world.marked(sessionId), []);
      assert.equal((await world.run(launch)).code, 0);
    });
  });
}
