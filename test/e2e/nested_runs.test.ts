import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import { allLeases, heldJson, leaseListJson, untilFree } from './lease_views.js';
import { until } from './until.js';
import { World } from './world.js';

const pidIn = (line: string) => Number(line.split(' ').at(-1));

describe('nested runs', () => {
  test('an inner run of the same resource runs under the outer lease', async (t) => {
    const world = new World(t);
    const ended = await world.run(['run', 'a', '--', 'sh', '-c', 'tenure run a -- echo inner']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, 'inner\n');
  });

  test('three levels deep', async (t) => {
    const world = new World(t);
    const ended = await world.run([
      'run',
      'a',
      '--',
      'tenure',
      'run',
      'a',
      '--',
      'tenure',
      'run',
      'a',
      '--',
      'echo',
      'deep',
    ]);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, 'deep\n');
  });

  test('with two different resources, both are inherited', async (t) => {
    const world = new World(t);
    const command = [
      'run',
      'a',
      '--',
      'tenure',
      'run',
      'b',
      '--',
      'tenure',
      'run',
      'a',
      'b',
      '--',
      'tenure',
      'lease',
      'list',
    ];
    const ended = await world.run([...command, '--json']);
    assert.equal(ended.code, 0, ended.stderr);
    const { leases } = leaseListJson.parse(JSON.parse(ended.stdout));
    assert.deepEqual(leases.map(({ resource }) => resource).sort(), ['a', 'b']);
  });

  test('through a script that knows nothing of Tenure', async (t) => {
    const world = new World(t);
    const plain = world.script('plain.sh', ['cd /', '"$@" | cat']);
    const ended = await world.run(['run', 'a', '--', plain, 'tenure', 'run', 'a', '--', 'echo', 'inner']);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, 'inner\n');
  });

  test('siblings under one lease do not exclude each other', async (t) => {
    const world = new World(t);
    const both = world.script('both.sh', [
      'mkfifo one two',
      'tenure run a -- sh -c "echo x >one; read y <two" & ',
      'tenure run a -- sh -c "read x <one; echo y >two"',
      'wait $! && echo met',
    ]);
    const ended = await world.run(['run', 'a', '--', both]);
    assert.equal(ended.stdout, 'met\n', ended.stderr);
  });

  test('--no-inherit meets the outer lease like anybody else', async (t) => {
    const world = new World(t);
    const ended = await world.run(['run', 'a', '--', 'tenure', 'run', 'a', '--no-inherit', '--', 'echo', 'inner']);
    assert.equal(ended.code, 75);
    assert.equal(ended.stdout, '');
  });

  test('a child with a stale token is held, not let in', async (t) => {
    const world = new World(t);
    const stale = (await world.run(['run', 'a', '--', 'printenv', 'TENURE_LEASES'])).stdout.trim();
    const holder = world.tenure(['run', 'a', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    const env = { TENURE_LEASES: stale };
    const child = await world.run(['run', 'a', '--', 'echo', 'inner'], { env });
    assert.equal(child.code, 75);
    assert.equal(child.stdout, '');
    assert.match(child.stderr, /handed down/);
    const asked = await world.run(['lease', 'acquire', 'a', '--json'], { env });
    assert.equal(asked.code, 75);
    const held = heldJson.parse(JSON.parse(asked.stdout));
    assert.equal(held.blockers.length, 1);
    assert.equal(held.staleInheritance, true);
  });

  test('a token of another resource opens nothing', async (t) => {
    const world = new World(t);
    const holder = world.tenure(['run', 'a', '--', 'sh', '-c', 'echo held; exec sleep 1000']);
    await holder.line(/^held$/);
    const ended = await world.run(['run', 'b', '--', 'tenure', 'run', 'a', '--', 'echo', 'inner']);
    assert.equal(ended.code, 75);
    assert.equal(ended.stdout, '');
  });

  test('held names the ancestor when the variable was lost on the way', async (t) => {
    const world = new World(t);
    const inner = ['env', '-u', 'TENURE_LEASES', 'tenure', 'lease', 'acquire', 'a', '--json'];
    const ended = await world.run(['run', 'a', '--', ...inner]);
    assert.equal(ended.code, 75, ended.stderr);
    const held = heldJson.parse(JSON.parse(ended.stdout));
    assert.match(held.ancestorLeaseId ?? '', /^l[0-9a-z]+$/);
    const forPeople = await world.run([
      'run',
      'a',
      '--',
      'env',
      '-u',
      'TENURE_LEASES',
      'tenure',
      'run',
      'a',
      '--',
      'true',
    ]);
    assert.equal(forPeople.code, 75);
    assert.match(forPeople.stderr, /TENURE_LEASES/);
  });

  test('held names the ancestor, and nothing as lost, when --no-inherit was asked for', async (t) => {
    const world = new World(t);
    const ended = await world.run(['run', 'a', '--', 'tenure', 'run', 'a', '--no-inherit', '--', 'true']);
    assert.equal(ended.code, 75, ended.stderr);
    assert.match(ended.stderr, /a parent of this process holds it \(lease l[0-9a-z]+\): --no-inherit does not use it/);
    assert.doesNotMatch(ended.stderr, /TENURE_LEASES/);
  });
});

describe('when a parent is killed', () => {
  test('the lease stays while an inherited child runs, and ends with it', async (t) => {
    const world = new World(t);
    const innermost = world.script('innermost.sh', ['echo inner $$', 'exec sleep 1000']);
    const outer = world.script('outer.sh', ['echo command $$', `tenure run a -- ${innermost}`]);
    const wrapper = world.tenure(['run', 'a', '--', outer]);
    const inner = pidIn(await wrapper.line(/^inner/));
    const command = pidIn(await wrapper.line(/^command/));
    const client = await world.connect();

    wrapper.kill('SIGKILL');
    process.kill(command, 'SIGKILL');
    const lease = await until('the daemon to miss both', async () => {
      const [found] = await allLeases(client);
      const pids = found?.attached.map(({ pid }) => pid) ?? [];
      return !pids.includes(command) && !pids.includes(wrapper.pid) && found;
    });
    assert.equal(lease.state, LeaseState.ACTIVE);
    assert.equal((await world.run(['run', 'a', '--', 'true'])).code, 75);

    process.kill(inner, 'SIGKILL');
    await untilFree(client, 'a');
  });

  test('the lease stays while the command runs whose wrapper alone was killed', async (t) => {
    const world = new World(t);
    const command = world.script('command.sh', ['echo command $$', 'exec sleep 1000']);
    const wrapper = world.tenure(['run', 'a', '--', command]);
    const pid = pidIn(await wrapper.line(/^command/));
    const client = await world.connect();

    wrapper.kill('SIGKILL');
    const lease = await until('the daemon to miss the wrapper', async () => {
      const [found] = await allLeases(client);
      return found !== undefined && !found.attached.some((each) => each.pid === wrapper.pid) && found;
    });
    assert.equal(lease.state, LeaseState.ACTIVE);
    assert.deepEqual(
      lease.attached.map((each) => each.pid),
      [pid],
    );

    process.kill(pid, 'SIGKILL');
    await untilFree(client, 'a');
  });
});
