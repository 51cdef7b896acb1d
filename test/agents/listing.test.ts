import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Session, SessionOutcome } from '@tenure/client';
import { AGENT_KINDS } from './agent_kinds.js';
import { AgentWorld, commandLine, hasEnded, isWorking, stateName } from './agent_world.js';

/** Works until there is a file `go` beside it. */
const WORK = 'bash: until [ -e go ]; do sleep 0.1; done';

function facts({ adapter, launched, directory, model, prompt, state, stale }: Session) {
  return { adapter, launched, directory, model, prompt, state: stateName(state), stale };
}

for (const kind of AGENT_KINDS) {
  const { adapter } = kind;

  describe(`${adapter}, listed`, () => {
    test('a session that was launched runs, and has ended with success when its agent has', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project of mine');
      const launched = await world.launch(kind, directory, WORK);
      assert.match(launched.sessionId, /^s[a-z2-7]{12}$/);

      const running = await world.untilSession('it to work', directory, isWorking);
      const own = { adapter, launched: true, directory, model: 'mock-model', prompt: WORK, stale: false };
      assert.deepEqual(facts(running), { ...own, state: 'RUNNING' });
      assert.equal(running.sessionId, launched.sessionId);
      assert.equal(running.outcome, SessionOutcome.UNSPECIFIED);
      assert.match(commandLine(running.process?.pid ?? 0), new RegExp(`\\b${running.command} `));

      writeFileSync(join(directory, 'go'), '');
      const ended = await world.untilSession('its end', directory, hasEnded);
      assert.deepEqual(facts(ended), { ...own, state: 'ENDED' });
      assert.equal(ended.outcome, SessionOutcome.SUCCESS, ended.outcomeDetail);
      assert.deepEqual({ exitCode: ended.exitCode, process: ended.process }, { exitCode: 0, process: undefined });
      assert.equal(ended.nativeId, running.nativeId);
      const { stdout } = await world.run(['session', 'logs', ended.sessionId]);
      assert.equal(kind.printedId.exec(stdout)?.[1], ended.nativeId, 'by the agent’s own word');
      assert.ok(Number(ended.usage?.inputTokens) > 1000, `tokens: ${ended.usage?.inputTokens}`);
      assert.ok(Number(ended.usage?.outputTokens) > 0);
      assert.deepEqual(world.running(kind.process), []);
    });

    test('one that somebody started by hand is found, by the agent’s own id, until it has ended', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('ünder-way.d');
      const agent = world.startForeign(kind, directory, WORK);

      const running = await world.untilSession('it to work', directory, isWorking);
      const own = { adapter, launched: false, directory, model: 'mock-model', prompt: WORK, stale: false };
      assert.deepEqual(facts(running), { ...own, state: 'RUNNING' });
      assert.equal(running.sessionId, `${adapter}:${running.nativeId}`);
      assert.match(commandLine(running.process?.pid ?? 0), kind.process);

      writeFileSync(join(directory, 'go'), '');
      const { code, stdout } = await agent.ended;
      assert.equal(code, 0, stdout);
      const ended = await world.untilSession('its end', directory, hasEnded);
      assert.deepEqual(facts(ended), { ...own, state: 'ENDED' });
      assert.equal(ended.sessionId, running.sessionId);
      assert.equal(kind.printedId.exec(stdout)?.[1], ended.nativeId, 'by the agent’s own word');
      assert.equal(ended.process, undefined);
      assert.ok(Number(ended.usage?.inputTokens) > 1000, `tokens: ${ended.usage?.inputTokens}`);
    });

    test('two in one directory are told apart, and so they are after a kill of the daemon', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      const launched = await world.launch(kind, directory, WORK);
      const agent = world.startForeign(kind, directory, WORK);
      const before = await world.untilSessions(
        'both to work',
        directory,
        (all) => all.length === 2 && all.every(isWorking),
      );
      const ids = new Map(before.map((one) => [one.sessionId, one.nativeId]));
      assert.equal(new Set(ids.values()).size, 2);
      assert.ok(ids.has(launched.sessionId));

      await world.restartDaemon();
      const after = await world.untilSessions(
        'both again',
        directory,
        (all) => all.length === 2 && all.every(isWorking),
      );
      assert.deepEqual(new Map(after.map((one) => [one.sessionId, one.nativeId])), ids);

      writeFileSync(join(directory, 'go'), '');
      const ended = await world.untilSessions('their ends', directory, (all) => all.every(hasEnded));
      assert.deepEqual(new Map(ended.map((one) => [one.sessionId, one.nativeId])), ids);
      const { code, stdout } = await agent.ended;
      assert.equal(code, 0);
      assert.equal(kind.printedId.exec(stdout)?.[1], ids.get(`${adapter}:${kind.printedId.exec(stdout)?.[1]}`));
      const own = ended.find((one) => one.launched);
      assert.equal(own?.outcome, SessionOutcome.SUCCESS);
    });

    test('one that an agent launches works in its directory, and names it as its parent', async (t) => {
      const world = await AgentWorld.open(t);
      const directory = world.makeFolder('project');
      // Codex runs commands in login shells, which may have a PATH of their own.
      const tenure = `PATH='${world.env['PATH']}' tenure session launch --adapter ${adapter} --model mock-model --wait`;
      const prompt = `bash: ${tenure} --prompt 'say The inner one.'`;
      const outer = await world.launch(kind, directory, prompt, kind.freeArguments);
      const sessions = await world.untilSessions(
        'two ends',
        directory,
        (all) => all.length === 2 && all.every(hasEnded),
      );
      const child = sessions.find(({ sessionId }) => sessionId !== outer.sessionId);
      assert.deepEqual(
        sessions.map(({ outcome }) => outcome),
        [SessionOutcome.SUCCESS, SessionOutcome.SUCCESS],
      );
      assert.equal(child?.parentSessionId, outer.sessionId);
      assert.equal(child?.prompt, 'say The inner one.');
      assert.match((await world.run(['session', 'logs', child?.sessionId ?? ''])).stdout, /The inner one\./);
    });
  });
}
