import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Session, SessionOutcome } from '@tenure/client';
import { AGENT_KINDS } from './agent_kinds.js';
import { AgentWorld, hasEnded, isWorking, longCommand } from './agent_world.js';

/** Asks an agent to run something that goes on for hours. */
function work() {
  const { command, pattern } = longCommand();
  return { prompt: `bash: ${command}`, pattern };
}

/** The same, and beside it something in a session of its own that hears no TERM. */
function deafWork() {
  const { command, pattern } = longCommand();
  return { prompt: `bash: setsid sh -c "trap '' TERM; ${command}; ${command}" & ${command}`, pattern };
}

/** Stops a session, as a user would. */
async function stop(world: AgentWorld, { sessionId }: Session, ...options: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await world.run(['session', 'stop', sessionId, '--reason', 'enough', ...options]);
  assert.equal(code, 0, stderr);
  return stdout;
}

for (const kind of AGENT_KINDS) {
  describe(`${kind.adapter}, stopped`, () => {
    test('all of a launched session goes, what its tools run too, and nothing else does', async (t) => {
      const world = await AgentWorld.open(t);
      const [directory, elsewhere] = [world.makeFolder('mine'), world.makeFolder('elsewhere')];
      const [own, others] = [work(), work()];
      const neighbour = world.start('sleep', ['30000'], { cwd: directory });
      const other = world.startForeign(kind, elsewhere, others.prompt);
      const launched = await world.launch(kind, directory, own.prompt);
      await Promise.all([world.untilRunning(own.pattern), world.untilRunning(others.pattern)]);

      const said = await stop(world, launched);
      assert.match(said, new RegExp(`^${launched.sessionId}: .*[1-9]\\d* processes ended\n$`));
      assert.deepEqual(world.running(own.pattern), []);
      assert.deepEqual(world.marked(launched.sessionId), []);
      const { outcome, outcomeDetail, stop: by } = await world.session(launched.sessionId);
      assert.deepEqual({ outcome, outcomeDetail }, { outcome: SessionOutcome.CANCELLED, outcomeDetail: 'enough' });
      assert.equal(by?.by, 'client');

      assert.equal(world.running(others.pattern).length, 1, 'what the other one runs');
      assert.ok(other.isRunning && neighbour.isRunning);
      await world.untilSession('the other one to be there', elsewhere, isWorking);
    });

    test('a tool that left its session, and hears no TERM, gets KILL after the grace', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('mine');
      const { prompt, pattern } = deafWork();
      const launched = await world.launch(kind, directory, prompt);
      await world.untilRunning(/^sh -c trap/);
      await world.untilRunning(pattern);

      await stop(world, launched, '--grace', '500ms');
      assert.deepEqual(world.running(pattern), []);
      assert.deepEqual(world.marked(launched.sessionId), []);
    });

    test('so it does where the session was found', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('mine');
      const { prompt, pattern } = deafWork();
      const agent = world.startForeign(kind, directory, prompt);
      await world.untilRunning(/^sh -c trap/);
      await world.untilRunning(pattern);

      await stop(world, await world.untilSession('it to work', directory, isWorking), '--grace', '500ms');
      assert.deepEqual(world.running(pattern), []);
      await agent.ended;
    });

    test('so goes one that was found, and nothing else', async (t) => {
      const world = await AgentWorld.open(t);
      const [directory, elsewhere] = [world.makeFolder('mine'), world.makeFolder('elsewhere')];
      const [own, others] = [work(), work()];
      const neighbour = world.start('sleep', ['30000'], { cwd: directory });
      const agent = world.startForeign(kind, directory, own.prompt);
      await world.launch(kind, elsewhere, others.prompt);
      await Promise.all([world.untilRunning(own.pattern), world.untilRunning(others.pattern)]);

      await stop(world, await world.untilSession('it to work', directory, isWorking));
      assert.deepEqual(world.running(own.pattern), []);
      await agent.ended;
      await world.untilSession('its end', directory, hasEnded);

      assert.equal(world.running(others.pattern).length, 1, 'what the other one runs');
      assert.ok(neighbour.isRunning);
      await world.untilSession('the other one to be there', elsewhere, isWorking);
    });
  });
}
