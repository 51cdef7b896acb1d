import assert from 'node:assert/strict';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { z } from 'zod';
import { until } from './until.js';
import { World } from './world.js';

const VALUE = 'doctor-sees-no-value-5f2c';

const doctorJson = z.strictObject({
  worst: z.enum(['ok', 'note', 'warning', 'fault']),
  checks: z.array(
    z.strictObject({
      check: z.string(),
      findings: z.array(
        z.strictObject({
          level: z.enum(['ok', 'note', 'warning', 'fault']),
          message: z.string(),
          remedy: z.string().optional(),
        }),
      ),
    }),
  ),
});

async function examine(world: World, env: NodeJS.ProcessEnv = {}) {
  const { code, stdout } = await world.run(['doctor', '--json'], { env });
  const { worst, checks } = doctorJson.parse(JSON.parse(stdout));
  for (const { check, findings } of checks) {
    for (const { level, remedy } of findings) {
      assert.equal(
        remedy !== undefined,
        level === 'warning' || level === 'fault',
        `${check} has a remedy if it needs one`,
      );
    }
  }
  const said = (check: string) => {
    const findings = checks.find((each) => each.check === check)?.findings ?? [];
    return findings.map(({ level, message }) => `${level}: ${message}`).join('\n');
  };
  const remedy = (check: string) => checks.find((each) => each.check === check)?.findings[0]?.remedy ?? '';
  return { code, worst, said, remedy, text: stdout };
}

describe('the doctor', () => {
  test('finds nothing wrong where nothing is, starts nothing and makes nothing', async (t) => {
    const world = new World(t);
    const fresh = await examine(world);
    assert.equal(fresh.code, 0, fresh.text);
    assert.match(fresh.said('daemon'), /none has run here yet/);
    assert.equal(existsSync(world.stateDir), false);
    assert.deepEqual(world.processes(), []);

    assert.equal((await world.run(['secret', 'init'])).code, 0);
    assert.equal((await world.run(['secret', 'put', 'team/one'], { input: VALUE })).code, 0);
    const running = await examine(world);
    assert.equal(running.code, 0, running.text);
    assert.match(running.said('daemon'), /ok: pid \d+ answers/);
    assert.match(running.said('vault'), /ok: can be decrypted, 1 secret/);
    assert.match(running.said('adapters'), /process/);
    assert.match(running.said('clock'), /ok/);
    assert.doesNotMatch(running.text, new RegExp(VALUE));
    assert.doesNotMatch(running.text, /team\/one/);
  });

  test('with the daemon down finds what would keep the next one from starting, and mends nothing', async (t) => {
    const world = new World(t);
    assert.equal((await world.run(['secret', 'init'])).code, 0);
    const pid = world.daemonPid();
    process.kill(pid, 'SIGKILL');
    await until('the end of the daemon', () => !world.processes().includes(pid));
    const dead = await examine(world);
    assert.equal(dead.code, 0, dead.text);
    assert.match(dead.said('daemon'), /warning: not running; pid \d+.* did not end in order/);
    assert.match(dead.said('socket'), /left by a daemon that is gone/);
    assert.match(dead.said('store'), /ok: .*durable is whole/);
    assert.equal((await world.run(['doctor', '--strict'])).code, 1);

    const store = join(world.stateDir, 'durable', 'data.mdb');
    const damaged = readFileSync(store);
    damaged.fill(0xff, 0, 64);
    writeFileSync(store, damaged);
    const identity = join(world.stateDir, 'vault', 'identity');
    chmodSync(identity, 0o644);
    writeFileSync(join(world.stateDir, 'vault', 'vault.age'), 'age-encryption.org/v1\nno more');
    const config = join(world.folder, 'wrong.yaml');
    writeFileSync(config, 'leases:\n  defaultTTL: 30s\n');
    const wrong = await examine(world, { TENURE_CONFIG: config, TENURE_SOKCET: '/x' });
    assert.equal(wrong.code, 1);
    assert.equal(wrong.worst, 'fault');
    assert.match(wrong.said('configuration'), /fault: .*\n.*line 2.*defaultTtl/);
    assert.match(wrong.said('store'), /fault: .*data\.mdb is damaged/);
    assert.match(wrong.said('vault'), /fault: .*vault\.age is cut short or changed/);
    assert.match(wrong.said('environment'), /note: TENURE_SOKCET/);
    assert.equal(statSync(identity).mode & 0o777, 0o644);
    assert.deepEqual(readFileSync(store), damaged);
    assert.match((await world.run(['doctor'])).stdout, /✗ store.*→ .*\d faults/s);

    assert.equal((await world.run(['daemon', 'start'])).code, 69);
    const status = await world.run(['daemon', 'status']);
    assert.match(status.stdout, /last run +start 1, did not end in order/, 'a start that was refused is no run');
    const log = (await examine(world)).remedy('log');
    assert.match(log, /tenure daemon logs --lines \d+ \| grep -wE 'error\|fatal'$/, 'can be pasted');
  });

  test('tells a daemon that does not answer, and a socket that is not where commands look', async (t) => {
    const world = new World(t);
    const daemon = await world.startDaemon();
    const elsewhere = join(world.folder, 'other');
    mkdirSync(elsewhere, { mode: 0o700 });
    const gone = await examine(world, { TENURE_SOCKET: join(elsewhere, 'tenure.sock') });
    assert.equal(gone.code, 1);
    assert.match(gone.said('socket'), /fault: the daemon listens on .*, and commands go to /);
    assert.match(gone.remedy('daemon'), /socket/, 'a restart would not help');
    const env = { TENURE_SOCKET: join(elsewhere, 'tenure.sock') };
    const started = await world.run(['daemon', 'start'], { env });
    assert.equal(started.code, 69);
    assert.match(started.stderr, /the daemon that runs \(pid \d+\) listens on .*: take TENURE_SOCKET away/);
    daemon.kill('SIGSTOP');
    const stopped = await examine(world);
    assert.equal(stopped.code, 1);
    assert.match(stopped.said('daemon'), /fault: pid \d+ runs, and does not answer/);
    assert.match(stopped.said('crashes'), /note: not known/, 'the run under way has not crashed');
    daemon.kill('SIGCONT');
    chmodSync(world.stateDir, 0o755);
    const readable = await examine(world);
    assert.match(
      readable.said('state'),
      /warning: .* is open to others \(mode 0755\); the next start makes it private/,
    );
    chmodSync(world.stateDir, 0o777);
    const writable = await examine(world);
    assert.match(writable.said('state'), /fault: .* is open to others \(mode 0777\)/);
    assert.match(writable.remedy('state'), new RegExp(`chmod 700 ${world.stateDir}`));
    assert.match(writable.remedy('socket'), new RegExp(`chmod go-w ${world.stateDir}$`));
    assert.match(writable.remedy('daemon'), /socket/, 'a restart would not help');
    const refused = await world.run(['lease', 'list']);
    assert.equal(refused.code, 77);
    assert.match(
      refused.stderr,
      new RegExp(`may be written by others: not connecting; chmod go-w ${world.stateDir}\n`),
    );
    chmodSync(world.stateDir, 0o700);
  });

  test('says whether a collector is there for the traces of commands', async (t) => {
    const world = new World(t);
    assert.equal((await examine(world)).said('telemetry'), 'ok: commands send no traces');
    const collector = createServer((socket) => socket.destroy());
    collector.listen(0, '127.0.0.1');
    await once(collector, 'listening');
    const address = collector.address();
    assert.ok(typeof address === 'object' && address !== null);
    const endpoint = `http://me:hunter2@127.0.0.1:${address.port}/collect`;
    const there = await examine(world, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    assert.equal(
      there.said('telemetry'),
      `ok: a collector listens on 127.0.0.1:${address.port}, for traces of commands`,
    );
    const closed = once(collector, 'close');
    collector.close();
    await closed;
    const gone = await examine(world, { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
    assert.match(gone.said('telemetry'), /^warning: no collector answers on .*OTLP_ENDPOINT\): nobody listens there; /);
    assert.doesNotMatch(gone.text, /hunter2/);
    const nonsense = await examine(world, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://' });
    assert.match(nonsense.said('telemetry'), /^warning: OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no address/);
  });
});
