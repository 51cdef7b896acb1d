import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { type Client, LeaseEventType, timestampToDate } from '@tenure/client';
import { allLeases, leaseListJson, untilFree } from './lease_views.js';
import { isCompleted, once, orchestrate, recorded, writeTasks } from './orchestrations.js';
import { until } from './until.js';
import { World } from './world.js';

const HEAVY = 'heavy-maintenance';

/** What became of a resource's leases, from now on. */
async function watchResource(client: Client, resource: string): Promise<LeaseEventType[]> {
  const seen: LeaseEventType[] = [];
  let ready: () => void = () => undefined;
  const synced = new Promise<void>((resolve) => {
    ready = resolve;
  });
  void (async () => {
    for await (const { type } of client.watchLeases({ filter: { resourcePrefix: resource } })) {
      if (type === LeaseEventType.SYNCED) ready();
      else seen.push(type);
    }
  })();
  await synced;
  return seen;
}

const grantsAndEnds = (seen: readonly LeaseEventType[]) =>
  seen.filter((type) => type === LeaseEventType.ACQUIRED || type === LeaseEventType.RELEASED);

describe('the lease of a heavy task', () => {
  test('is taken before its command runs, and given back in every end', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const shown = join(world.folder, 'shown.json');
    const lease = HEAVY;
    const path = writeTasks(world, {
      good: { command: ['sh', '-c', `tenure lease list --json >${shown}`], lease },
      bad: { command: ['sh', '-c', 'exit 3'], lease },
      absent: { command: ['no-such-command'], lease },
      nowhere: { command: ['true'], cwd: join(world.folder, 'missing'), lease },
      wedged: { command: ['sh', '-c', "trap '' TERM; sleep 1000"], timeout: '300ms', killAfter: '100ms', lease },
    });
    const codes: Record<string, number> = {};
    for (const task of ['good', 'bad', 'absent', 'nowhere', 'wedged']) {
      codes[task] = (await once(world, path, task)).code;
      await untilFree(client, HEAVY);
    }
    assert.deepEqual(codes, { good: 0, bad: 3, absent: 127, nowhere: 127, wedged: 124 });
    const { leases } = leaseListJson.parse(JSON.parse(readFileSync(shown, 'utf8')));
    assert.deepEqual(
      leases.map(({ resource }) => resource),
      [HEAVY],
    );

    const path2 = writeTasks(world, { slow: { command: ['sleep', '1000'], every: '1h', lease } });
    const orchestrator = orchestrate(world, path2);
    await orchestrator.started('slow');
    assert.equal((await allLeases(client)).length, 1);
    assert.equal(await orchestrator.stop(), 0);
    assert.equal((await orchestrator.ended('slow')).reasonCode, 'shutdown');
    await untilFree(client, HEAVY);
  });

  test('is its children’s, all the way down, and nobody else’s: light tasks get no token, not even the orchestrator’s own', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const tokens = (name: string) => readFileSync(join(world.folder, name), 'utf8').trim();
    const dump = (name: string) => `printenv TENURE_LEASES >${join(world.folder, name)}; true`;
    const path = writeTasks(world, {
      heavy: {
        command: ['sh', '-c', `${dump('heavy')}; tenure run ${HEAVY} -- sh -c '${dump('inner')}'`],
        lease: HEAVY,
      },
      light: { command: ['sh', '-c', `${dump('light')}; printenv TENURE_TASK >>${join(world.folder, 'light')}`] },
    });
    const seen = await watchResource(client, HEAVY);
    // The orchestrator itself runs under another lease.
    const under = (task: string) => ['run', 'outer', '--', 'tenure', 'orchestrate', '--config', path, '--once', task];
    const heavy = await world.run(under('heavy'));
    assert.equal(heavy.code, 0, heavy.stderr);
    const light = await world.run(under('light'));
    assert.equal(light.code, 0, light.stderr);

    assert.equal(tokens('heavy').split(',').length, 2, 'its own lease, and the one that it stands under');
    assert.equal(
      tokens('inner').split(',')[0],
      tokens('heavy').split(',')[0],
      'the cascade has the same lease in front',
    );
    assert.equal(tokens('light'), 'light');
    await untilFree(client, HEAVY);
    // The cascade neither took nor gave back: one grant and one release in all.
    await until('the release', () => grantsAndEnds(seen).length >= 2);
    assert.deepEqual(grantsAndEnds(seen), [LeaseEventType.ACQUIRED, LeaseEventType.RELEASED]);
  });

  test('held by another orchestrator, it defers the task: skipped, by whom, and told once', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const lease = HEAVY;
    const first = orchestrate(
      world,
      writeTasks(world, { 'primary-sync': { command: ['sleep', '1000'], every: '1h', lease } }, 'first.yaml'),
    );
    const { pid } = await first.started('primary-sync');
    const second = orchestrate(
      world,
      writeTasks(world, { summary: { command: ['sh', '-c', 'echo ran >ran'], every: '2s', lease } }, 'second.yaml'),
    );
    const end = await second.ended('summary');
    assert.equal(end.status, 'skipped');
    assert.equal(end.reasonCode, 'lease-held');
    assert.deepEqual(end.holder, {
      ...end.holder,
      pid,
      resource: HEAVY,
      description: 'task primary-sync',
    });
    assert.equal(end.blockingTask, 'primary-sync');
    // The same cause comes again and again: it is counted, and told once.
    const client = await world.connect();
    const counted = await recorded(client, 'summary', ({ count }) => count >= 2);
    assert.deepEqual([counted.reasonCode, counted.holder?.pid], ['lease-held', pid]);
    const told = second.news().filter((news) => news.kind === 'ended' && news.task === 'summary');
    assert.equal(told.length, 1);
    process.kill(pid ?? 0, 'SIGKILL');
    await second.ended('summary', 'completed');
    await second.stop();
  });

  test('loses nothing on the way to a light task, and held says so: its orchestrator holds it for another task', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const path = writeTasks(world, {
      heavy: { command: ['sleep', '1000'], every: '1h', lease: HEAVY },
      light: { command: ['sh', '-c', `tenure run ${HEAVY} -- true 2>said`] },
    });
    const orchestrator = orchestrate(world, path);
    const { pid } = await orchestrator.started('heavy');
    assert.equal((await world.run(['task', 'run', 'light', '--wait'])).code, 75);
    const said = readFileSync(join(world.folder, 'said'), 'utf8');
    assert.match(said, new RegExp(`held by pid ${pid} sleep`));
    assert.doesNotMatch(said, /a parent of this process|TENURE_LEASES/);
    const shown = await world.run(['task', 'list', 'light']);
    assert.match(shown.stdout, /^light +idle +never +its command found a lease held$/m);
    await orchestrator.stop();
  });

  test('of a waiter, is seen as held by the command that runs under it, with its reason; its wait is no work', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const command = ['sh', '-c', 'echo $$; exec sleep 1000'];
    const holder = world.tenure(['run', HEAVY, '--reason', 'a release is due', '--', ...command]);
    const pid = await holder.line(/^\d+$/);
    const path = writeTasks(world, { sync: { command: ['true'], every: '1h', lease: HEAVY, wait: 'forever' } });
    const orchestrator = orchestrate(world, path);
    const wanted = `${HEAVY} held by pid ${pid} sleep: "a release is due", for `;
    await until('who holds it', async () => (await world.run(['task', 'list', 'sync'])).stdout.includes(wanted));
    holder.kill('SIGTERM');
    const { startTime, workTime, endTime } = await recorded(await world.connect(), 'sync', isCompleted);
    assert.ok(startTime !== undefined && workTime !== undefined && endTime !== undefined);
    const [began, worked, ended] = [startTime, workTime, endTime].map((time) => timestampToDate(time).getTime());
    assert.ok(began !== undefined && worked !== undefined && ended !== undefined);
    assert.ok(began < worked && worked <= ended, 'its wait is told apart from its work');
    await orchestrator.stop();
  });

  test('handed on within an orchestrator: the end of the one is told and recorded before the start of the other', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const gate = join(world.folder, 'gate');
    const command = ['sh', '-c', `until [ -e ${gate} ]; do sleep 0.05; done`];
    const heavy = { command, every: '1h', lease: HEAVY, wait: 'forever' };
    const orchestrator = orchestrate(world, writeTasks(world, { one: heavy, other: heavy }));
    const { task: second = '' } = await orchestrator.hear('one to wait', ({ kind }) => kind === 'waiting');
    const first = second === 'one' ? 'other' : 'one';
    writeFileSync(gate, '');
    await orchestrator.ended(second);
    const steps = orchestrator.news().flatMap(({ kind, task }) => (task === undefined ? [] : `${kind} ${task}`));
    const order = [`started ${first}`, `ended ${first}`, `started ${second}`, `ended ${second}`];
    assert.deepEqual(
      steps.filter((step) => order.includes(step)),
      order,
    );
    const [before, after] = [await recorded(client, first, isCompleted), await recorded(client, second, isCompleted)];
    assert.ok(before.endTime !== undefined && after.workTime !== undefined);
    assert.ok(timestampToDate(before.endTime) <= timestampToDate(after.workTime));
    assert.equal(await orchestrator.stop(), 0);
  });

  test('held within the same orchestrator, it is backpressure, and names the task', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const lease = HEAVY;
    const path = writeTasks(world, {
      backup: { command: ['sleep', '1000'], every: '1h', lease },
      summary: { command: ['true'], every: '1h', lease },
      index: { command: ['true'], after: 'summary' },
    });
    const orchestrator = orchestrate(world, path);
    const end = await orchestrator.ended('summary', 'skipped');
    assert.deepEqual([end.reasonCode, end.blockingTask], ['backpressure', 'backup']);
    const index = await orchestrator.ended('index');
    assert.deepEqual([index.status, index.reasonCode, index.blockingTask], ['skipped', 'dependency', 'summary']);
    await orchestrator.stop();
  });
});

describe('a token that no longer counts', () => {
  const lease = HEAVY;

  /** The tokens that a task handed to its child, whose parent is gone. */
  async function staleTokens(world: World): Promise<string> {
    const kept = join(world.folder, 'tokens');
    const script = ['sh', '-c', `printenv TENURE_LEASES >${kept}.new; mv ${kept}.new ${kept}; exec sleep 1000`];
    const path = writeTasks(world, { parent: { command: script, every: '1h', lease } }, 'parent.yaml');
    const parent = orchestrate(world, path);
    const { pid } = await parent.started('parent');
    await until('the tokens', () => existsSync(kept) && readFileSync(kept, 'utf8').endsWith('\n'));
    parent.running.kill('SIGKILL');
    process.kill(pid ?? 0, 'SIGKILL');
    return readFileSync(kept, 'utf8').trim();
  }

  const child = (world: World) =>
    writeTasks(world, { child: { command: ['sh', '-c', 'echo ran >>ran'], lease } }, 'child.yaml');
  const hasRun = (world: World) => existsSync(join(world.folder, 'ran'));

  test('opens nothing where the parent died and another one came: the child is deferred', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const TENURE_LEASES = await staleTokens(world);
    await untilFree(client, HEAVY);
    const other = world.tenure(['run', HEAVY, '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await other.line(/^held$/);
    const late = await once(world, child(world), 'child', { env: { TENURE_LEASES } });
    assert.equal(late.code, 75, late.stderr);
    assert.equal(hasRun(world), false);
  });

  test('opens nothing where no lease is left: the child takes one of its own', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const TENURE_LEASES = await staleTokens(world);
    await untilFree(client, HEAVY);
    const seen = await watchResource(client, HEAVY);
    const late = await once(world, child(world), 'child', { env: { TENURE_LEASES } });
    assert.equal(late.code, 0, late.stderr);
    assert.ok(hasRun(world));
    await until('the release', () => grantsAndEnds(seen).length >= 2);
    assert.deepEqual(grantsAndEnds(seen), [LeaseEventType.ACQUIRED, LeaseEventType.RELEASED]);
  });

  test('opens nothing where it is another lease’s: the child is deferred', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const holder = world.tenure(['run', HEAVY, '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    const config = child(world);
    const inner = ['tenure', 'orchestrate', '--config', config, '--once', 'child'];
    // The child stands under a lease, and presents its token; it is of another resource.
    const ended = await world.run(['run', 'another', '--', ...inner]);
    assert.equal(ended.code, 75, ended.stderr);
    assert.equal(hasRun(world), false);
  });

  test('opens nothing where the lease ran out and another owner has the resource: the child is deferred', async (t) => {
    const world = new World(t);
    await world.startDaemon();
    const client = await world.connect();
    const parent = await client.leases.acquireLease({
      wishes: [{ resource: HEAVY }],
      clientId: 'parent',
      ttl: { seconds: 1n, nanos: 0 },
    });
    const [result] = parent.results;
    const TENURE_LEASES = result?.outcome?.$case === 'granted' ? result.outcome.value.inheritToken : '';
    assert.notEqual(TENURE_LEASES, '');
    // The next owner waits until the TTL has run out.
    const next = await client.hold().acquire({ resource: HEAVY, clientId: 'next', wait: 'forever' });
    assert.equal(next.outcome, 'acquired');
    const late = await once(world, child(world), 'child', { env: { TENURE_LEASES } });
    assert.equal(late.code, 75, late.stderr);
    assert.equal(hasRun(world), false);
  });
});
