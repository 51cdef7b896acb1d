import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { SessionOutcome } from '@tenure/client';
import { AGENT_KINDS, type AgentKind } from './agent_kinds.js';
import { AgentWorld, hasEnded } from './agent_world.js';

for (const kind of AGENT_KINDS) {
  describe(`${kind.adapter}, by its own result`, () => {
    test('what it said and used is there, and launch --wait ends as it did', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const { code, stdout } = await world.run([
        ...['session', 'launch', '--adapter', kind.adapter, '--model', 'mock-model', '--directory', directory],
        ...['--prompt', 'say All done.', '--wait'],
      ]);
      assert.equal(code, 0);
      assert.match(stdout, /All done\./);
    });

    test('an error of the service is a failure, with the reason', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      await world.launch(kind, directory, 'fail 400');
      const ended = await world.untilSession('its end', directory, hasEnded);
      assert.deepEqual(
        { outcome: ended.outcome, exitCode: ended.exitCode },
        { outcome: SessionOutcome.FAILURE, exitCode: 1 },
      );
      assert.match(ended.outcomeDetail, /mock failure 400/);
    });

    test('what SIGINT has ended is a failure, whatever its exit code', async (t) => {
      const ended = await signalled(t, kind, 'SIGINT');
      const { outcome, exitCode, outcomeDetail } = ended.session;
      assert.deepEqual([outcome, exitCode], [SessionOutcome.FAILURE, kind.interrupted.exitCode]);
      assert.match(outcomeDetail, kind.interrupted.detail);
      assert.equal((await ended.world.run(['session', 'wait', ended.session.sessionId])).code, 1);
    });

    test('what SIGTERM of a stranger has ended is no success either', async (t) => {
      const { session } = await signalled(t, kind, 'SIGTERM');
      const { outcome, exitCode, signal } = session;
      assert.deepEqual({ outcome, exitCode, signal }, kind.terminated);
    });
  });
}

/** A session whose agent gets a signal while the model keeps it waiting. */
async function signalled(t: TestContext, kind: AgentKind, signal: 'SIGINT' | 'SIGTERM') {
  const world = await AgentWorld.open(t);
  const directory = world.makeFolder('project');
  await world.launch(kind, directory, 'hang');
  await world.untilAsked('hang');
  process.kill(await world.untilRunning(kind.process), signal);
  return { world, session: await world.untilSession('its end', directory, hasEnded) };
}
