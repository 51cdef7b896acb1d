// needs: root podman busybox
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { credentials } from '@grpc/grpc-js';
import { TenureError } from '@tenure/client';
import {
  LaunchSessionRequest,
  type LaunchSessionResponse,
  SessionServiceClient,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { instanceOf } from '../../src/session/containers/instance.js';
import { temporaryFolder } from '../daemon/temporary_folder.js';
import { until } from '../e2e/until.js';
import type { World } from '../e2e/world.js';
import { endOf, launchAgent, outcomeOf, printed, untilPrinted } from './agent_sessions.js';
import { agentsWorld } from './podman_world.js';
import { IMAGE, type TestPodman } from './test_podman.js';

const AGENT = `  quick: {image: '${IMAGE}', command: ['true']}\n`;
const RUNNING = 'srrrrrrrrrrrr';
const OTHERS = 'bbbbbbbbbbbb';

/** A container as a daemon of this instance would have left it. */
function plant(
  podman: TestPodman,
  instance: string,
  sessionId: string,
  start: boolean,
  script: string,
  more: readonly string[] = [],
): string {
  const name = `tenure-${instance}-quick-${sessionId}`;
  const labels = [`instance=${instance}`, 'agent=quick', `session=${sessionId}`].flatMap((one) => [
    '--label',
    `tenure.${one}`,
  ]);
  const how = start ? ['run', '--detach'] : ['create'];
  podman.run([...how, '--name', name, ...labels, '--log-driver', 'k8s-file', ...more, IMAGE, 'sh', '-c', script]);
  return name;
}

/** One bare launch, as a client without patience makes it. */
function launchOnce(client: SessionServiceClient): Promise<LaunchSessionResponse> {
  const request = { ...LaunchSessionRequest.decode(new Uint8Array()), agent: 'quick' };
  return new Promise((resolve, reject) => {
    client.launchSession(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}

function instanceFor(world: World): string {
  mkdirSync(world.stateDir, { mode: 0o700 });
  return instanceOf(world.stateDir, process.getuid?.() ?? 0);
}

describe('the start of the daemon', () => {
  test('takes up what is its own, and leaves what is others’, before it accepts the first of many launches', async (t) => {
    const gate = temporaryFolder(t);
    const { world, podman } = agentsWorld(t, AGENT);
    const instance = instanceFor(world);
    plant(podman, instance, 'saaaaaaaaaaaa', false, 'true');
    plant(podman, instance, 'scccccccccccc', true, 'exit 3');
    const running = plant(
      podman,
      instance,
      RUNNING,
      true,
      'for i in $(seq 600); do [ ! -e /gate/go ] || exit 7; echo on; sleep 0.1; done',
      ['--volume', `${gate}:/gate`],
    );
    const others = [
      plant(podman, OTHERS, 'saaaaaaaaaaaa', false, 'true'),
      plant(podman, OTHERS, 'sdddddddddddd', true, 'sleep 600'),
    ];
    podman.run(['create', '--name', 'somebody', IMAGE, 'true']);
    const secrets = [`tenure-${instance}-saaaaaaaaaaaa-0`, `tenure-${OTHERS}-saaaaaaaaaaaa-0`, 'my-own'];
    for (const name of secrets) podman.run(['secret', 'create', '--', name, '/etc/hostname']);
    const hold = join(gate, 'hold');
    writeFileSync(hold, '');
    podman.wrap([`[ "$1" != ps ] || while [ -e ${hold} ]; do sleep 0.02; done`]);

    const daemon = await world.startDaemon();
    const bare = new SessionServiceClient(`unix:${world.socketPath}`, credentials.createInsecure(), {
      'grpc.default_authority': 'localhost',
    });
    t.after(() => bare.close());
    const refusals: string[] = [];
    const hammer = async (): Promise<readonly string[]> => {
      for (;;) {
        try {
          await launchOnce(bare);
          // At the very first success.
          return podman.containers();
        } catch (error) {
          refusals.push(String(error));
          if (refusals.length === 20) rmSync(hold);
        }
      }
    };
    const seen = await hammer();
    for (const refusal of refusals) assert.match(refusal, /UNAVAILABLE.*being taken up/);
    const planted = seen.filter((name) => name.includes('saaaaaaaaaaaa') || name.includes('scccccccccccc'));
    assert.deepEqual(planted, [`tenure-${OTHERS}-quick-saaaaaaaaaaaa`]);
    for (const name of [...others, running, 'somebody']) assert.ok(seen.includes(name), name);
    assert.deepEqual(podman.secrets().sort(), secrets.slice(1).sort());

    const client = await world.connect();
    const { session } = await client.sessions.getSession({ sessionId: RUNNING });
    assert.equal(session?.agent, 'quick');
    await untilPrinted(client, RUNNING, 'on\n');
    // Not by podman exec, which fails where the container ends before it has heard how its own program did.
    writeFileSync(join(gate, 'go'), '');
    assert.equal(outcomeOf(await endOf(client, RUNNING)), 'FAILURE 7');
    assert.ok(!podman.containers().includes(running), 'it is removed at its end');
    daemon.kill('SIGTERM');
    await daemon.exited;
  });

  test('refuses sessions, and nothing else, while podman does not answer as it should, and tries again', async (t) => {
    const gate = temporaryFolder(t);
    const { world, podman } = agentsWorld(t, AGENT);
    const broken = join(gate, 'broken');
    writeFileSync(broken, '');
    podman.wrap([`[ "$1" != ps ] || [ ! -e ${broken} ] || { echo "Error: no subuid ranges found" >&2; exit 125; }`]);
    await world.startDaemon();
    const client = await world.connect();
    const launch = launchAgent(client, 'quick', {}, { timeoutMs: 1_000 });
    await assert.rejects(launch, (error) => error instanceof TenureError && error.reason === 'RECONCILING');
    const warning = await until('a warning', async () => {
      const { status } = await client.health.getStatus({});
      return status?.warnings.find(({ code }) => code === 'sessions-not-taken-up');
    });
    assert.match(warning.message, /podman ps says: no subuid ranges found/);
    await assert.rejects(
      client.sessions.listAgents({ timeoutMs: 1_000 }),
      /can't be taken up: podman ps says: no subuid/,
    );
    const lease = await client.leases.acquireLease({ wishes: [{ resource: 'free' }] });
    assert.equal(lease.results[0]?.outcome?.$case, 'granted');
    rmSync(broken);
    const { sessionId } = await launchAgent(client, 'quick', {}, { timeoutMs: 60_000 });
    assert.equal(outcomeOf(await endOf(client, sessionId)), 'SUCCESS 0');
  });

  test('is quick without podman, and says what is missing where agents are configured', async (t) => {
    const { world } = agentsWorld(t, AGENT);
    // Node alone is there.
    const bin = temporaryFolder(t);
    const env = { PATH: bin };
    await world.startDaemon({ env });
    const client = await world.connect();
    const { sessions } = await client.sessions.listSessions({});
    assert.deepEqual(sessions, []);
    const { status } = await client.health.getStatus({});
    const warning = status?.warnings.find(({ code }) => code === 'podman-unavailable');
    assert.equal(
      warning?.message,
      "agents are configured, and can't be launched: podman was not found; install it, or mend PATH",
    );
    await assert.rejects(launchAgent(client, 'quick'), (error) => {
      return (
        error instanceof TenureError &&
        error.reason === 'PODMAN_UNAVAILABLE' &&
        /not found; install it/.test(error.message)
      );
    });
    writeFileSync(join(world.folder, 'config', 'tenure', 'config.yaml'), 'agents: {}\n');
    await client.health.reloadConfig({});
    const { status: after } = await client.health.getStatus({});
    assert.deepEqual(
      after?.warnings.filter(({ code }) => code === 'podman-unavailable'),
      [],
    );
  });
});

test('the first signal drains, the second ends; containers live on and are sessions of the next daemon', async (t) => {
  const gate = temporaryFolder(t);
  const { world, podman } = agentsWorld(
    t,
    `${AGENT}  long:
    image: ${IMAGE}
    command: [sh, -c, 'echo begun; until [ -e /gate/go ]; do sleep 0.05; done; exit 4']
    mounts: [{source: ${gate}, target: /gate}]
`,
  );
  const hold = join(gate, 'hold');
  podman.wrap([`[ "$1" != create ] || while [ -e ${hold} ]; do sleep 0.02; : >${hold}.at; done`]);
  const daemon = await world.startDaemon();
  const client = await world.connect();
  const { sessionId } = await launchAgent(client, 'long');
  await untilPrinted(client, sessionId, 'begun');
  writeFileSync(hold, '');
  const bare = new SessionServiceClient(`unix:${world.socketPath}`, credentials.createInsecure(), {
    'grpc.default_authority': 'localhost',
  });
  t.after(() => bare.close());
  const underWay = launchOnce(bare).then(
    () => 'launched',
    (error: unknown) => String(error),
  );
  await until('a launch to be under way', () => podman.containers().length === 1 && holdIsMet(hold), 60_000);
  daemon.kill('SIGTERM');
  await until('the socket to be gone', () => !existsSync(world.socketPath));
  // By the connection of the one that is under way.
  await assert.rejects(launchOnce(bare), /UNAVAILABLE: tenured is shutting down; try again in a moment/);
  daemon.kill('SIGTERM');
  await daemon.exited;
  rmSync(hold);
  await underWay;
  await world.startDaemon();
  const next = await world.connect();
  assert.equal((await next.sessions.getSession({ sessionId })).session?.agent, 'long');
  writeFileSync(join(gate, 'go'), '');
  assert.equal(outcomeOf(await endOf(next, sessionId)), 'NOTHING_READY 4');
  assert.equal(await printed(next, sessionId), 'begun\n');
  await podman.untilEmpty();
});

function holdIsMet(hold: string): boolean {
  return existsSync(`${hold}.at`);
}
