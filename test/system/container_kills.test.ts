// needs: root podman busybox git
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import type { Client } from '@tenure/client';
import { errnoOf } from '../../src/os/errno.js';
import { temporaryFolder } from '../daemon/temporary_folder.js';
import type { Running } from '../e2e/running.js';
import { until } from '../e2e/until.js';
import type { World } from '../e2e/world.js';
import { endOf, launchAgent, outcomeOf, printed, untilPrinted } from './agent_sessions.js';
import { agentsWorld } from './podman_world.js';
import { repositoryServer } from './repository_server.js';
import { IMAGE, type TestPodman } from './test_podman.js';

/** Podman stops before, or after, a command for which there is a file here, and says that it has. */
const HOLDS = (folder: string): string[] => [
  `H=${folder}; step=$1; [ "$1" != secret ] || step=$1-$2`,
  'hold() { : >"$H/at-$1"; while [ -e "$H/$1" ]; do sleep 0.02; done; }',
  '[ ! -e "$H/$step" ] || hold "$step"',
  '[ ! -e "$H/after-$step" ] || { "$REAL" "$@"; code=$?; hold "after-$step"; exit "$code"; }',
];

interface Scene {
  readonly world: World;
  readonly podman: TestPodman;
  readonly holds: string;
  /** Where agents wait for a file `go`. */
  readonly gate: string;
  daemon: Running;
  client: Client;
}

async function scene(t: TestContext, repo: string): Promise<Scene> {
  const holds = temporaryFolder(t);
  const gate = temporaryFolder(t);
  const { world, podman } = agentsWorld(
    t,
    `  worker:
    image: ${IMAGE}
    command: [sh, -c, 'echo begun; until [ -e /gate/go ]; do sleep 0.05; done; echo done; exit 5']
    mounts: [{source: ${gate}, target: /gate}]
    credentials: {FILE: 'env:MARKER', LOUD: {source: 'env:MARKER', as: environment}}
  cloner: {image: '${IMAGE}', command: [x], repo: '${repo}', credentials: {LOUD: {source: 'env:MARKER', as: environment}}}
`,
    { env: { MARKER: 'a marker' } },
  );
  podman.wrap(HOLDS(holds));
  return { world, podman, holds, gate, daemon: await world.startDaemon(), client: await world.connect() };
}

async function killDaemon(scene: Scene): Promise<void> {
  scene.daemon.kill('SIGKILL');
  await scene.daemon.exited;
}

async function nextDaemon(scene: Scene): Promise<void> {
  scene.daemon = await scene.world.startDaemon();
  scene.client = await scene.world.connect();
}

function hold(scene: Scene, step: string): void {
  writeFileSync(join(scene.holds, step), '');
}

async function untilAt(scene: Scene, step: string): Promise<void> {
  await until(`podman to be at ${step}`, () => existsSync(join(scene.holds, `at-${step}`)), 60_000);
}

function release(scene: Scene): void {
  for (const name of readdirSync(scene.holds)) rmSync(join(scene.holds, name), { force: true });
}

async function untilNothingLeft({ podman, world, daemon }: Scene): Promise<void> {
  // First: what a killed daemon had under way may make something yet.
  await until('all but the daemon to have ended', () => world.processes().every((pid) => pid === daemon.pid));
  await podman.untilEmpty();
  const root = join(world.stateDir, 'sessions');
  for (const id of readdirSync(root)) assert.equal(existsSync(join(root, id, 'work')), false, `the workspace of ${id}`);
}

describe('kill -9 of the daemon', () => {
  for (const step of ['secret-create', 'create', 'after-create']) {
    test(`at ${step}: the session never was, and nothing is left`, async (t) => {
      const at = await scene(t, 'https://localhost/none.git');
      hold(at, step);
      const aborted = new AbortController();
      const launching = launchAgent(at.client, 'worker', {}, { signal: aborted.signal });
      const refused = assert.rejects(launching);
      await untilAt(at, step);
      await killDaemon(at);
      aborted.abort();
      await refused;
      release(at);
      await nextDaemon(at);
      const { sessions } = await at.client.sessions.listSessions({ ended: true });
      assert.deepEqual(sessions, []);
      await untilNothingLeft(at);
    });
  }

  test('before the container runs, and while it runs: the session goes on, and its end is known', async (t) => {
    const at = await scene(t, 'https://localhost/none.git');
    hold(at, 'start');
    const { sessionId } = await launchAgent(at.client, 'worker');
    await untilAt(at, 'start');
    await killDaemon(at);
    await nextDaemon(at);
    assert.equal(at.podman.secrets().length, 2, 'its secrets are still to be read');
    release(at);
    await untilPrinted(at.client, sessionId, 'begun');
    await until('its secrets to be gone', () => at.podman.secrets().length === 0, 60_000);
    await killDaemon(at);
    await nextDaemon(at);
    assert.equal(at.podman.containers().length, 1);
    writeFileSync(join(at.gate, 'go'), '');
    const ended = await endOf(at.client, sessionId);
    assert.equal(outcomeOf(ended), 'WORK_FAILED 5');
    assert.equal(await printed(at.client, sessionId), 'begun\ndone\n');
    await untilNothingLeft(at);
  });

  test('while it runs, with an end before the next start: it is known all the same', async (t) => {
    const at = await scene(t, 'https://localhost/none.git');
    const { sessionId } = await launchAgent(at.client, 'worker');
    await untilPrinted(at.client, sessionId, 'begun');
    await killDaemon(at);
    writeFileSync(join(at.gate, 'go'), '');
    await until('the container to be gone', () => at.podman.containers().length === 0, 60_000);
    await nextDaemon(at);
    assert.equal(outcomeOf(await endOf(at.client, sessionId)), 'WORK_FAILED 5');
    await untilNothingLeft(at);
  });

  test('while its repository is cloned: it goes on, and can be stopped', async (t) => {
    const silent = await repositoryServer(t, { hangs: true });
    const at = await scene(t, silent.url);
    const { sessionId } = await launchAgent(at.client, 'cloner');
    await until('git to ask', () => silent.requests.length > 0, 30_000);
    await killDaemon(at);
    await nextDaemon(at);
    await at.client.sessions.stopSession({ sessionId, reason: 'enough' });
    assert.match(outcomeOf(await endOf(at.client, sessionId)), /^CANCELLED/);
    await untilNothingLeft(at);
  });

  test('at teardown: the next run does it', async (t) => {
    const at = await scene(t, 'https://localhost/none.git');
    const { sessionId, process: main } = await launchAgent(at.client, 'worker');
    await untilPrinted(at.client, sessionId, 'begun');
    hold(at, 'rm');
    // What waits for the container: without it the daemon has to remove that itself.
    process.kill(main?.pid ?? 0, 'SIGKILL');
    await untilAt(at, 'rm');
    await killDaemon(at);
    release(at);
    await nextDaemon(at);
    const ended = await endOf(at.client, sessionId);
    assert.equal(outcomeOf(ended), 'INFRASTRUCTURE');
    assert.match(ended.outcomeDetail, /^podman start died of signal 9/);
    await untilNothingLeft(at);
  });
});

describe('the faults of podman and conmon', () => {
  test('conmon killed: the session lasts as long as its program, and nobody pretends to know the end', async (t) => {
    const at = await scene(t, 'https://localhost/none.git');
    const { sessionId } = await launchAgent(at.client, 'worker');
    await untilPrinted(at.client, sessionId, 'begun');
    const [name = ''] = at.podman.containers();
    process.kill(Number(at.podman.run(['inspect', '--format', '{{.State.ConmonPid}}', name])), 'SIGKILL');
    writeFileSync(join(at.gate, 'go'), '');
    const ended = await endOf(at.client, sessionId);
    assert.equal(outcomeOf(ended), 'EXIT_UNKNOWN');
    assert.equal(ended.outcomeDetail, 'its container ended, and podman did not say how');
    assert.equal(await printed(at.client, sessionId), 'begun\ndone\n');
    await untilNothingLeft(at);
  });

  test('a podman that waits for another of itself, and says 0 once it is told to end, as rootless ones do', async (t) => {
    const at = await scene(t, 'https://localhost/none.git');
    at.podman.wrap([
      'if [ "$1" = start ]; then trap "exit 0" TERM; "$REAL" "$@" & child=$!; wait "$child"; exit "$?"; fi',
    ]);
    const stopped = await launchAgent(at.client, 'worker');
    await untilPrinted(at.client, stopped.sessionId, 'begun');
    await at.client.sessions.stopSession({ sessionId: stopped.sessionId, reason: 'enough' });
    assert.match(outcomeOf(await endOf(at.client, stopped.sessionId)), /^CANCELLED/);
    const told = await launchAgent(at.client, 'worker');
    await untilPrinted(at.client, told.sessionId, 'begun');
    process.kill(told.process?.pid ?? 0, 'SIGTERM');
    const ended = await endOf(at.client, told.sessionId);
    assert.equal(outcomeOf(ended), 'INFRASTRUCTURE');
    assert.match(ended.outcomeDetail, /^podman start ended before the container/);
    await untilNothingLeft(at);
  });

  test('a marker credential is found nowhere but in the container, and nowhere once that has ended', async (t) => {
    const at = await scene(t, 'https://localhost/none.git');
    const { sessionId } = await launchAgent(at.client, 'worker');
    await untilPrinted(at.client, sessionId, 'begun');
    await until('its secrets to be gone', () => at.podman.secrets().length === 0, 60_000);
    const ours = at.world.processes();
    const shown = ours.map((pid) => shownOf(pid, 'cmdline'));
    const own = ours.filter((pid) => pid !== at.daemon.pid).map((pid) => shownOf(pid, 'environ'));
    for (const text of [...shown, ...own]) assert.ok(!text.replace('MARKER=a marker', '').includes('a marker'), text);
    assert.ok(!holdsMarker(at.world.stateDir), 'the state folder');
    // As a file it stands nowhere in the inspection; as a variable it does, and the documentation says so.
    const [name = ''] = at.podman.containers();
    assert.equal(at.podman.run(['inspect', name]).split('a marker').length, 2);
    writeFileSync(join(at.gate, 'go'), '');
    await endOf(at.client, sessionId);
    assert.ok(!holdsMarker(at.world.stateDir));
    assert.ok(!holdsMarker(at.podman.storage), 'podman’s storage');
    await untilNothingLeft(at);
  });
});

/** Empty where the process has ended meanwhile, as podman's do that have removed the secrets. */
function shownOf(pid: number, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes(errnoOf(error) ?? '')) return '';
    throw error;
  }
}

/** Whether any file below a folder has it. */
function holdsMarker(folder: string): boolean {
  mkdirSync(folder, { recursive: true });
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .some((entry) => {
      try {
        return readFileSync(join(entry.parentPath, entry.name)).includes('a marker');
      } catch {
        return false;
      }
    });
}
