// needs: root podman busybox git openssl
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { TenureError } from '@tenure/client';
import { SessionState } from '@tenure/client/gen/tenure/session/v1/session';
import { temporaryFolder } from '../daemon/temporary_folder.js';
import { until } from '../e2e/until.js';
import { endOf, launchAgent, outcomeOf, printed, runAgent, untilPrinted } from './agent_sessions.js';
import { agentsWorld } from './podman_world.js';
import { ownAuthority, repositoryServer } from './repository_server.js';
import { IMAGE } from './test_podman.js';

const SH = (script: string): string => JSON.stringify(['sh', '-c', script]);

describe('sessions in containers', () => {
  test('ten at once: outcomes and output are the programs’ own, and nothing is left', async (t) => {
    const agents: Readonly<Record<string, string>> = {
      fine: SH('echo fine out; echo fine err >&2'),
      failed: SH('echo failed out; exit 1'),
      blocked: SH('exit 3'),
      idle: SH('exit 4'),
      worked: SH('seq 100000; exit 5'),
      'not-there': '[nonesuch]',
      'no-program': '[/bin/no-program]',
      killed: SH('kill -9 $$'),
      late: SH('echo begun; sleep 600'),
      stubborn: SH('trap "echo asked" TERM; echo begun; while :; do sleep 0.1; done'),
    };
    const { world, podman } = agentsWorld(
      t,
      Object.entries(agents)
        .map(([name, command]) => {
          const timeout = name === 'late' ? '    timeout: 3s\n' : '';
          return `  ${name}:\n    image: ${IMAGE}\n    command: ${command}\n${timeout}`;
        })
        .join(''),
    );
    await world.startDaemon();
    const client = await world.connect();
    const names = Object.keys(agents);
    const launched = await Promise.all(names.map((name) => launchAgent(client, name)));
    const stubborn = launched.at(-1);
    assert.ok(stubborn);
    await untilPrinted(client, stubborn.sessionId, 'begun');
    // Podman takes its time to hand TERM on.
    const grace = { seconds: 3n, nanos: 0 };
    await client.sessions.stopSession({ sessionId: stubborn.sessionId, grace, reason: 'enough' });
    const ended = await Promise.all(launched.map(({ sessionId }) => endOf(client, sessionId)));
    // Not once somebody has looked after it: at the very end.
    assert.deepEqual([podman.containers(), podman.secrets()], [[], []]);
    assert.deepEqual(Object.fromEntries(ended.map((session) => [session.agent, outcomeOf(session)])), {
      fine: 'SUCCESS 0',
      failed: 'FAILURE 1',
      blocked: 'BLOCKED 3',
      idle: 'NOTHING_READY 4',
      worked: 'WORK_FAILED 5',
      'not-there': 'NOT_FOUND 127',
      'no-program': 'NOT_EXECUTABLE 126',
      killed: 'SIGNAL signal 9',
      late: 'TIMED_OUT signal 15',
      stubborn: outcomeOf(ended.at(-1) ?? stubborn),
    });
    assert.match(outcomeOf(ended.at(-1) ?? stubborn), /^CANCELLED/);
    assert.equal(await printed(client, launched[0]?.sessionId ?? ''), 'fine out\n');
    assert.equal((await printed(client, launched[4]?.sessionId ?? '')).trim().split('\n').length, 100_000);
    // TERM came once, and not once from everybody who hands it on.
    assert.equal(await printed(client, stubborn.sessionId), 'begun\nasked\n');
    for (const { sessionId, container } of ended) {
      const folder = join(world.stateDir, 'sessions', sessionId);
      assert.equal(existsSync(join(folder, 'work')), false, 'the workspace is gone');
      assert.match(container?.containerId ?? '', /^[0-9a-f]{64}$/);
    }
    const worked = await world.run(['agent', 'run', 'worked', '--wait']);
    assert.deepEqual([worked.code, worked.stdout.trim().split('\n').length], [5, 100_000]);
    assert.equal((await world.run(['session', 'launch', '--agent', 'not-there', '--wait'])).code, 127);
  });

  test('are locked down, and see what is configured and what they are to do', async (t) => {
    const script = `
for limit in memory/memory.limit_in_bytes memory.max pids/pids.max pids.max cpu/cpu.cfs_quota_us cpu.max; do
  [ ! -e /sys/fs/cgroup/$limit ] || cut -d ' ' -f 1 /sys/fs/cgroup/$limit; done
id -u; pwd; grep -e NoNewPrivs -e CapEff /proc/self/status
cat /data/here /methodology/here; echo made >/out/made
for place in / /data /methodology /run/tenure; do touch $place/x 2>/dev/null && echo wrote $place; done
touch /workspace/mine && echo workspace
cat "$TENURE_ARTIFACT"; echo "$TENURE_AGENT $TENURE_SESSION_ID"; cat /run/secrets/TOKEN; ls /run/secrets`;
    const folder = temporaryFolder(t);
    for (const name of ['data', 'out', 'method']) {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'here'), `${name} is here\n`);
    }
    const { world } = agentsWorld(
      t,
      `  locked:
    image: ${IMAGE}
    command: ${SH(script)}
    readOnlyRoot: true
    methodology: ${folder}/method
    mounts:
      - {source: ${folder}/data, target: /data}
      - {source: ${folder}/out, target: /out, readOnly: false}
    credentials: {TOKEN: 'env:OWN_TOKEN'}
    limits: {memory: 64MiB, cpus: 0.5, pids: 50}
    network: none
`,
      { env: { OWN_TOKEN: 'secret words' } },
    );
    await world.startDaemon();
    const client = await world.connect();
    const work = { $case: 'artifact', value: { name: 'plan.md', content: Buffer.from('the plan\n') } } as const;
    const session = await runAgent(client, 'locked', { work });
    const said = await printed(client, session.sessionId);
    assert.equal(outcomeOf(session), 'SUCCESS 0', said);
    assert.match(
      said,
      /^67108864\n50\n50000\n0\n\/workspace\nCapEff:\t0{16}\nNoNewPrivs:\t1\ndata is here\nmethod is here\nworkspace\nthe plan\n/,
    );
    assert.ok(said.includes(`locked ${session.sessionId}\nsecret wordsTOKEN\n`), said);
    assert.equal(readFileSync(join(folder, 'out', 'made'), 'utf8'), 'made\n');
  });

  test('that fall silent are shown as stalled until they print, and stopped where that is asked for', async (t) => {
    const gate = temporaryFolder(t);
    const { world, podman } = agentsWorld(
      t,
      `  quiet:
    image: ${IMAGE}
    command: ${SH('echo begun; while :; do [ ! -e /gate/go ] || echo on; sleep 0.05; done')}
    mounts: [{source: ${gate}, target: /gate}]
`,
    );
    await world.startDaemon();
    const client = await world.connect();
    const stall = { timeout: undefined, stall: { seconds: 0n, nanos: 5e8 }, outputBytes: 0n };
    const { sessionId } = await launchAgent(client, 'quiet', { limits: { ...stall, stopOnStall: false } });
    const untilState = (state: SessionState) =>
      until(`it to be in state ${state}`, async () => {
        const { session } = await client.sessions.getSession({ sessionId });
        return session?.state === state;
      });
    await untilState(SessionState.STALLED);
    writeFileSync(join(gate, 'go'), '');
    await untilState(SessionState.RUNNING);
    await client.sessions.stopSession({ sessionId, reason: 'enough' });
    rmSync(join(gate, 'go'));
    const stopped = await runAgent(client, 'quiet', { limits: { ...stall, stopOnStall: true } });
    assert.match(outcomeOf(stopped), /^STALLED/);
    const told = await world.run(['agent', 'run', 'quiet', '--stall', '500ms', '--stop-on-stall', '--wait']);
    assert.equal(told.code, 124);
    assert.match(told.stderr, /ended: stalled: it printed nothing for too long/);
    assert.deepEqual([podman.containers(), podman.secrets()], [[], []]);
  });

  test('are refused with what is to be done, and nothing is made', async (t) => {
    const { world, podman } = agentsWorld(
      t,
      `  gone: {image: 'localhost/gone:1', command: [x]}
  wanting: {image: '${IMAGE}', command: [x], credentials: {TOKEN: 'env:NOT_THERE'}}
  nowhere: {image: '${IMAGE}', command: [x], mounts: [{source: /not/there, target: /data}]}
`,
    );
    await world.startDaemon();
    const client = await world.connect();
    const refusals: Readonly<Record<string, RegExp>> = {
      gone: /^podman create says: localhost\/gone:1: image not known; build it, or fetch it with podman pull; nothing was/,
      wanting:
        /^agent 'wanting' credential 'TOKEN' needs environment variable 'NOT_THERE' in the daemon's environment, or in the file that secrets\.envFile names$/,
      nowhere: /^podman create says: .*\/not\/there: no such file or directory; nothing was launched$/,
    };
    for (const [agent, message] of Object.entries(refusals)) {
      await assert.rejects(
        launchAgent(client, agent),
        (error) => error instanceof TenureError && message.test(error.message),
      );
    }
    assert.deepEqual([podman.containers(), podman.secrets()], [[], []]);
    assert.deepEqual(readdirSync(join(world.stateDir, 'sessions')), []);
    const { agents } = await client.sessions.listAgents();
    assert.deepEqual(
      Object.fromEntries(agents.map(({ name, notReady }) => [name, notReady.replace(/.*gone/, '… gone')])),
      {
        gone: '… gone:1: image not known; build it, or fetch it with podman pull',
        nowhere: '',
        wanting: '',
      },
    );
    podman.wrap(['echo "Error: no subuid ranges found" >&2; exit 125']);
    const broken = await client.sessions.listAgents();
    const said = 'podman image says: no subuid ranges found';
    assert.deepEqual(new Set(broken.agents.map(({ notReady }) => notReady)), new Set([said]));
  });
});

describe('the repository of a session', () => {
  test('is cloned with the token, which goes to its own host alone, and its faults are told', async (t) => {
    const own = await repositoryServer(t, { token: 'marker-of-the-token' });
    const other = await repositoryServer(t, { token: 'another' });
    const { world, podman } = agentsWorld(
      t,
      `  reader:
    image: ${IMAGE}
    command: ${SH('cat README .git/config; env; echo mine >new')}
    repo: ${own.url}
    repoToken: env:REPO_TOKEN
`,
      { env: { REPO_TOKEN: 'marker-of-the-token' } },
    );
    await world.startDaemon();
    const client = await world.connect();
    const session = await runAgent(client, 'reader');
    const said = await printed(client, session.sessionId);
    assert.equal(outcomeOf(session), 'SUCCESS 0', said);
    assert.match(said, /^the repository\n/);
    assert.doesNotMatch(said, /marker-of-the-token|x-access-token/);
    assert.equal(session.repo, own.url);

    const refused = await runAgent(client, 'reader', { repo: other.url });
    assert.equal(outcomeOf(refused), 'INFRASTRUCTURE', refused.outcomeDetail);
    assert.match(refused.outcomeDetail, /^the repository could not be cloned: git ended with exit code 128: /);
    assert.ok(other.requests.length > 0);
    assert.deepEqual(
      other.authorizations.filter((one) => Buffer.from(one.slice(6), 'base64').includes('marker')),
      [],
    );
    assert.deepEqual([podman.containers(), podman.secrets()], [[], []]);
  });

  test('is cloned by https with the token from a host whose authority is named, and from no other', async (t) => {
    const { authorityFile, host } = ownAuthority(temporaryFolder(t));
    const token = 'marker-of-the-token';
    const site = await repositoryServer(t, { token, tls: host });
    const agents = `  reader: {image: '${IMAGE}', command: [cat, README], repo: '${site.url}', repoToken: env:REPO_TOKEN}\n`;
    const { world, podman } = agentsWorld(t, agents, { env: { REPO_TOKEN: token } });
    const stranger = await world.startDaemon();
    const refused = await runAgent(await world.connect(), 'reader');
    assert.equal(outcomeOf(refused), 'INFRASTRUCTURE');
    assert.match(refused.outcomeDetail, /^the repository could not be cloned: .*certificate/);
    assert.deepEqual([site.requests, site.authorizations], [[], []]);
    stranger.kill('SIGTERM');
    await stranger.exited;

    await world.startDaemon({ env: { GIT_SSL_CAINFO: authorityFile } });
    const client = await world.connect();
    const session = await runAgent(client, 'reader');
    assert.equal(outcomeOf(session), 'SUCCESS 0', session.outcomeDetail);
    assert.equal(await printed(client, session.sessionId), 'the repository\n');
    assert.equal(site.authorizations.length > 0, true);
    assert.deepEqual([podman.containers(), podman.secrets()], [[], []]);
  });

  test('is no longer waited for once the session is stopped', async (t) => {
    const silent = await repositoryServer(t, { hangs: true });
    const { world, podman } = agentsWorld(
      t,
      `  waiter: {image: '${IMAGE}', command: [x], repo: '${silent.url}', timeout: 1h}\n`,
    );
    await world.startDaemon();
    const client = await world.connect();
    const { sessionId } = await launchAgent(client, 'waiter');
    await until('git to ask', () => silent.requests.length > 0, 30_000);
    await client.sessions.stopSession({ sessionId, reason: 'wrong one' });
    const ended = await endOf(client, sessionId);
    assert.match(outcomeOf(ended), /^CANCELLED/);
    assert.equal(ended.outcomeDetail, 'wrong one');
    assert.deepEqual([podman.containers(), podman.secrets()], [[], []]);
  });
});
