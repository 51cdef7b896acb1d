import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { type Client, type Session, SessionOutcome, SessionState } from '@tenure/client';
import { isRunning, readStartTicks } from '../../src/os/process_facts.js';
import type { ProcessIdentity } from '../../src/os/process_identity.js';
import type { Running } from './running.js';
import { killHard, launchScript, SessionFolder, sessionOf, startSessionDaemon } from './session_processes.js';
import { until } from './until.js';
import { World } from './world.js';

/** Within which a daemon that is back shows what is: 1 s, where the machine is not starved. */
const RIGHT_WITHIN_MS = 30_000;

type Part = 'daemon' | 'shim' | 'agent';

/** The agent, with a tool shell in a session of its own that its death does not end. */
const AGENT = `setsid sh -c 'echo $$ > tool.pid; exec sleep 600' & echo up; wait; exit 7`;

/** A session with all its processes, and a daemon that can be killed. */
class Scene {
  readonly world: World;
  readonly client: Client;
  readonly session: Session;
  readonly tool: ProcessIdentity;
  readonly folder: SessionFolder;
  #daemon: Running | undefined;

  private constructor(world: World, daemon: Running, client: Client, session: Session, tool: ProcessIdentity) {
    this.world = world;
    this.#daemon = daemon;
    this.client = client;
    this.session = session;
    this.tool = tool;
    this.folder = new SessionFolder(world, session);
  }

  static async open(t: TestContext): Promise<Scene> {
    const world = new World(t, { env: { TENURE_AUTOSTART: '0' } });
    const daemon = await startSessionDaemon(world);
    const client = await world.connect();
    const session = await launchScript(world, client, AGENT);
    const file = join(world.folder, 'tool.pid');
    const pid = await until(
      'the tool shell',
      () => (existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0) || undefined,
    );
    return new Scene(world, daemon, client, session, { pid, startTicks: readStartTicks(pid) ?? 0 });
  }

  async kill(part: Part): Promise<void> {
    const { shim, main } = this.folder.processes();
    switch (part) {
      case 'daemon':
        this.#daemon?.kill('SIGKILL');
        await this.#daemon?.ended;
        this.#daemon = undefined;
        return;
      case 'shim':
        await killHard(shim);
        return;
      case 'agent':
        await killHard(main);
        // What the shim lives to see it writes down.
        if (isRunning(shim.pid, shim.startTicks)) await until('the exit on the disk', () => this.folder.hasExit());
    }
  }

  /** Starts the daemon where it is gone, and demands that it shows what is soon. */
  async expect(what: string, isRight: (session: Session) => boolean): Promise<Session> {
    this.#daemon ??= await startSessionDaemon(this.world);
    const begin = performance.now();
    for (;;) {
      const session = await sessionOf(this.client, this.session.sessionId);
      const tookMs = performance.now() - begin;
      if (isRight(session) && tookMs <= RIGHT_WITHIN_MS) return session;
      const seen = `state ${session.state} and outcome ${session.outcome}`;
      assert.ok(tookMs <= RIGHT_WITHIN_MS, `${what}, but after ${Math.round(tookMs)} ms it is ${seen}`);
    }
  }

  async expectEnd(outcome: SessionOutcome): Promise<Session> {
    return this.expect(`it has ended with outcome ${outcome}`, (session) => session.outcome === outcome);
  }

  /** By a run under the directory's name; while somebody has it, a launch there is told so, too. */
  async isFree(): Promise<boolean> {
    const { code, stderr } = await this.world.run(['run', `dir${this.world.folder}`, '--', 'true']);
    if (code === 0) return true;
    assert.equal(code, 75, stderr);
    return false;
  }

  async expectHeld(): Promise<void> {
    const { outcome } = await this.client.sessions.launchSession({ command: ['true'], directory: this.world.folder });
    assert.equal(outcome?.$case, 'held', 'something of the session still lives');
    assert.equal(await this.isFree(), false);
  }
}

const ORDERS: readonly (readonly Part[])[] = [
  ['daemon', 'shim', 'agent'],
  ['daemon', 'agent', 'shim'],
  ['shim', 'daemon', 'agent'],
  ['shim', 'agent', 'daemon'],
  ['agent', 'daemon', 'shim'],
  ['agent', 'shim', 'daemon'],
];

describe('kill -9 of all three', () => {
  for (const order of ORDERS) {
    test(`${order.join(', ')}: no exit is guessed, and what is left of the session keeps its directory`, async (t) => {
      const scene = await Scene.open(t);
      for (const part of order) await scene.kill(part);
      const seen = order.indexOf('agent') < order.indexOf('shim');
      const session = await scene.expectEnd(seen ? SessionOutcome.SIGNAL : SessionOutcome.EXIT_UNKNOWN);
      assert.deepEqual(
        [session.state, session.exitCode, session.signal],
        [SessionState.ENDED, undefined, seen ? 9 : 0],
      );
      await scene.expectHeld();
      await killHard(scene.tool);
      await until('the directory to be free', () => scene.isFree());
    });
  }
});

describe('kill -9 of one', () => {
  test('the daemon: same session, and the exit that came meanwhile', async (t) => {
    const scene = await Scene.open(t);
    await scene.kill('daemon');
    const lives = await scene.expect('it runs', ({ state }) => state === SessionState.RUNNING);
    assert.deepEqual(lives.process, scene.session.process);
    assert.deepEqual(lives.leaseIds, scene.session.leaseIds);
    await scene.expectHeld();
    await scene.kill('daemon');
    await killHard(scene.tool);
    await until('the exit on the disk', () => scene.folder.hasExit());
    const ended = await scene.expectEnd(SessionOutcome.FAILURE);
    assert.equal(ended.exitCode, 7);
    await until('the directory to be free', () => scene.isFree());
  });

  test('the shim: the session goes on and keeps its directory; its exit is nobody’s to tell', async (t) => {
    const scene = await Scene.open(t);
    await scene.kill('shim');
    await scene.expect('it runs', ({ state }) => state === SessionState.RUNNING);
    await scene.expectHeld();
    await killHard(scene.tool);
    await scene.expectEnd(SessionOutcome.EXIT_UNKNOWN);
    await until('the directory to be free', () => scene.isFree());
  });

  test('the agent: its signal is known, and its tool shell keeps the directory', async (t) => {
    const scene = await Scene.open(t);
    await scene.kill('agent');
    const { signal } = await scene.expectEnd(SessionOutcome.SIGNAL);
    assert.equal(signal, 9);
    await scene.expectHeld();
    const { endedProcesses } = await scene.client.sessions.stopSession({ sessionId: scene.session.sessionId });
    assert.ok(endedProcesses >= 1);
    await until('the directory to be free', () => scene.isFree());
  });
});
