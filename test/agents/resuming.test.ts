import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { SessionOutcome, SessionState } from '@tenure/client';
import { AGENT_KINDS } from './agent_kinds.js';
import { AgentWorld, filesBelow, hasEnded, stateName } from './agent_world.js';

const FIRST = 'say The key is under the mat.';

for (const kind of AGENT_KINDS) {
  describe(`${kind.adapter}, resumed`, () => {
    test('a launched session goes on as a new one, of the same native id and in the same file', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const { sessionId } = await world.launch(kind, directory, FIRST);
      const first = await world.untilSession('its end', directory, hasEnded);

      const { code, stdout, stderr } = await world.run([
        'session',
        'resume',
        sessionId,
        '--prompt',
        'recall',
        '--wait',
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /It began with: say The key is under the mat\./);

      const [second, ...others] = await world.sessionsIn(directory);
      assert.deepEqual(others, [{ ...first, usage: others[0]?.usage, activityTime: others[0]?.activityTime }]);
      assert.notEqual(second?.sessionId, first.sessionId);
      assert.deepEqual(
        { nativeId: second?.nativeId, prompt: second?.prompt, outcome: second?.outcome, model: second?.model },
        { nativeId: first.nativeId, prompt: 'recall', outcome: SessionOutcome.SUCCESS, model: 'mock-model' },
      );
      assert.equal(filesBelow(world.home, kind.sessionFile(first.nativeId)).length, 1);
    });

    test('it runs by its own id from the beginning, and can be stopped and resumed again', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const { sessionId } = await world.launch(kind, directory, FIRST);
      const { nativeId } = await world.untilSession('its end', directory, hasEnded);

      const resumed = await world.run(['session', 'resume', sessionId, '--prompt', 'hang']);
      assert.equal(resumed.code, 0, resumed.stderr);
      const second = await world.session(resumed.stdout.trim());
      assert.equal(second.nativeId, nativeId);
      await world.untilRunning(kind.process);
      assert.equal((await world.run(['session', 'stop', second.sessionId])).code, 0);
      assert.equal((await world.session(second.sessionId)).outcome, SessionOutcome.CANCELLED);

      const third = await world.run(['session', 'resume', second.sessionId, '--prompt', 'recall', '--wait']);
      assert.match(third.stdout, /It began with: say The key is under the mat\./);
      const sessions = await world.sessionsIn(directory);
      assert.deepEqual(
        sessions.map((one) => ({ nativeId: one.nativeId, state: one.state })),
        Array(3).fill({ nativeId, state: SessionState.ENDED }),
      );
    });

    test('its tools may do what the arguments of the resumption allow', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const { sessionId } = await world.launch(kind, directory, FIRST);
      await world.untilSession('its end', directory, hasEnded);
      const resume = ['session', 'resume', sessionId, '--prompt', 'bash: touch made', '--wait'];
      assert.equal((await world.run(resume)).code, 0);
      assert.equal(existsSync(join(directory, 'made')), false, 'it may not by itself');
      const { code, stderr } = await world.run([...resume, '--', ...kind.freeArguments]);
      assert.equal(code, 0, stderr);
      assert.ok(existsSync(join(directory, 'made')));
    });

    test('one that was started by hand can be resumed, too', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      await world.startForeign(kind, directory, FIRST).ended;
      const found = await world.untilSession('its end', directory, hasEnded);

      const { code, stdout, stderr } = await world.run([
        ...['session', 'resume', found.sessionId, '--prompt', 'recall', '--wait'],
      ]);
      assert.equal(code, 0, stderr);
      assert.match(stdout, /It began with: say The key is under the mat\./);
      const session = await world.untilSession('it as one of ours', directory, ({ launched }) => launched);
      assert.equal(session.nativeId, found.nativeId);
      assert.equal(session.outcome, SessionOutcome.SUCCESS);
    });

    test('a launched one that is gone on with by hand is seen to run', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      await world.launch(kind, directory, FIRST);
      const first = await world.untilSession('its end', directory, hasEnded);
      const [command, ...args] = kind.resumeLine(first.nativeId, 'hang');
      world.start(command, args, { cwd: directory });

      await world.untilAsked('hang');
      const sessions = await world.sessionsIn(directory);
      assert.deepEqual(
        new Map(sessions.map((one) => [one.sessionId, stateName(one.state)])),
        new Map([
          [`${kind.adapter}:${first.nativeId}`, 'RUNNING'],
          [first.sessionId, 'ENDED'],
        ]),
      );
    });
  });
}
