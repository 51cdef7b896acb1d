import assert from 'node:assert/strict';
import { chmodSync, chownSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { auditOf } from './audit_views.js';
import { allLeases } from './lease_views.js';
import { worldWithSecrets } from './secret_world.js';
import { until } from './until.js';
import { DAEMON, type World } from './world.js';

const VALUE = 'what nobody may lose';
const isRoot = process.getuid?.() === 0;

interface VaultPaths {
  readonly folder: string;
  readonly identity: string;
  readonly encrypted: string;
}

function pathsOf(world: World): VaultPaths {
  const folder = join(world.stateDir, 'vault');
  return { folder, identity: join(folder, 'identity'), encrypted: join(folder, 'vault.age') };
}

/** All of the vault: names, modes, owners, bytes. */
function snapshot({ folder }: VaultPaths): readonly string[] {
  return ['.', ...readdirSync(folder)].map((name) => {
    const { mode, uid, mtimeMs } = statSync(join(folder, name));
    // Root alone reads what nobody may.
    const isReadable = name !== '.' && (isRoot || (mode & 0o400) !== 0);
    const bytes = isReadable ? readFileSync(join(folder, name)).toString('base64') : '';
    return `${name} ${mode.toString(8)} ${uid} ${name === '.' ? '' : mtimeMs} ${bytes}`;
  });
}

/** A daemon that has ended in order, with a secret in its vault and a lease on it. */
async function stoppedWorld(t: Parameters<typeof worldWithSecrets>[0]): Promise<World> {
  const world = await worldWithSecrets(t, { a: VALUE });
  const client = await world.connect();
  await client.secrets.leaseSecret({ name: 'a', clientId: 'app' });
  assert.equal((await world.run(['daemon', 'stop'])).code, 0);
  return world;
}

function flip(path: string, at: number): void {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 0x10;
  writeFileSync(path, bytes);
}

function shorten(path: string, share: number): void {
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, Math.floor(bytes.length * share)));
}

interface Damage {
  readonly name: string;
  readonly skip?: boolean;
  readonly damage: (paths: VaultPaths) => void;
  /** Undoes what restoring bytes does not. */
  readonly mend?: (paths: VaultPaths) => void;
  readonly at: keyof VaultPaths;
  readonly says: RegExp;
}

const DAMAGES: readonly Damage[] = [
  {
    name: 'truncated',
    damage: ({ encrypted }) => shorten(encrypted, 0.8),
    at: 'encrypted',
    says: /is cut short or changed/,
  },
  { name: 'empty', damage: ({ encrypted }) => shorten(encrypted, 0), at: 'encrypted', says: /is empty/ },
  {
    name: 'with a flipped byte',
    damage: ({ encrypted }) => flip(encrypted, statSync(encrypted).size - 30),
    at: 'encrypted',
    says: /is cut short or changed/,
  },
  {
    name: 'with a flipped byte in its identity',
    damage: ({ identity }) => flip(identity, 40),
    at: 'identity',
    says: /is no age identity, or is damaged/,
  },
  { name: 'lost', damage: ({ encrypted }) => rmSync(encrypted), at: 'encrypted', says: /is missing/ },
  { name: 'without its identity', damage: ({ identity }) => rmSync(identity), at: 'identity', says: /is missing/ },
  {
    name: 'unreadable',
    skip: isRoot,
    damage: ({ encrypted }) => chmodSync(encrypted, 0),
    mend: ({ encrypted }) => chmodSync(encrypted, 0o600),
    at: 'encrypted',
    says: /can't be read \(EACCES\)/,
  },
  {
    name: 'of another user',
    skip: !isRoot,
    damage: ({ encrypted }) => chownSync(encrypted, 65_534, 65_534),
    mend: ({ encrypted }) => chownSync(encrypted, 0, 0),
    at: 'encrypted',
    says: /belongs to uid 65534, not to uid 0/,
  },
];

describe('a vault that can’t be opened', () => {
  for (const { name, skip, damage, mend, at, says } of DAMAGES) {
    test(`${name}: no daemon starts, which says why and what to do; all is as it was`, {
      skip: skip === true,
      timeout: 60_000,
    }, async (t) => {
      const world = await stoppedWorld(t);
      const paths = pathsOf(world);
      const backup = [paths.identity, paths.encrypted].map((path) => ({ path, bytes: readFileSync(path) }));
      damage(paths);
      const before = snapshot(paths);

      const daemon = await world.start(process.execPath, [DAEMON]).ended;
      assert.equal(daemon.code, 74);
      assert.ok(daemon.stderr.startsWith(`${paths[at]} `), daemon.stderr);
      assert.match(daemon.stderr, says);
      assert.ok(daemon.stderr.includes(`nothing was changed. Restore ${paths.folder} from a backup, or move it away`));
      // What a user would type.
      for (const args of [
        ['secret', 'list'],
        ['daemon', 'start'],
        ['secret', 'init'],
        ['run', 'r', '--', 'true'],
      ]) {
        const { code, stdout, stderr } = await world.run(args);
        assert.deepEqual([code, stdout], [69, ''], args.join(' '));
        assert.match(stderr, says);
        assert.ok(stderr.includes(paths[at]), stderr);
      }
      assert.deepEqual(snapshot(paths), before);
      await until('all processes to be gone', () => world.processes().length === 0);

      for (const { path, bytes } of backup) writeFileSync(path, bytes);
      mend?.(paths);
      for (const { path } of backup) chmodSync(path, 0o600);
      assert.equal((await world.run(['secret', 'lease', 'a', '--client-id', 'other'])).stdout, `${VALUE}\n`);
      const clients = (await allLeases(await world.connect())).map(({ clientId }) => clientId);
      assert.deepEqual(clients.toSorted(), ['app', 'other']);
    });
  }

  test('moved away, it leaves a daemon without secrets; moved back, it is as it was', async (t) => {
    const world = await stoppedWorld(t);
    const { folder, encrypted } = pathsOf(world);
    const away = join(world.folder, 'away');
    flip(encrypted, 100);
    renameSync(folder, away);
    assert.equal((await world.run(['secret', 'lease', 'a'])).code, 66);
    assert.equal((await world.run(['run', 'r', '--', 'true'])).code, 0);
    flip(join(away, 'vault.age'), 100);
    assert.equal((await world.run(['daemon', 'stop'])).code, 0);
    renameSync(away, folder);
    assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, `${VALUE}\n`);
  });
});

describe('a vault that others could look into', () => {
  test('is made private, with a warning in the status and an entry in the audit log', async (t) => {
    const world = await stoppedWorld(t);
    const { folder, identity, encrypted } = pathsOf(world);
    for (const [path, mode, becomes] of [
      [identity, 0o644, 0o600],
      [encrypted, 0o660, 0o600],
      [folder, 0o755, 0o700],
    ] as const) {
      chmodSync(path, mode);
      assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, `${VALUE}\n`);
      assert.equal(statSync(path).mode & 0o7777, becomes);
      const { stdout } = await world.run(['health']);
      assert.ok(stdout.includes(`others could read ${path} (mode 0${mode.toString(8)}); it is private now`), stdout);
      const { warnings } = JSON.parse((await world.run(['health', '--json'])).stdout);
      assert.deepEqual(
        warnings.map(({ code }: { code: string }) => code),
        ['secret-file-was-open'],
      );
      const entry = (await auditOf(world, '--action', 'secret.mode_tightened')).at(-1);
      assert.deepEqual(entry?.details, { path, before: `0${mode.toString(8)}` });
      assert.equal((await world.run(['daemon', 'stop'])).code, 0);
    }
    assert.equal((await auditOf(world, '--action', 'secret.mode_tightened')).length, 3);
    assert.deepEqual(JSON.parse((await world.run(['health', '--json'])).stdout).warnings, []);
    // All at once are named, not the last alone.
    assert.equal((await world.run(['daemon', 'stop'])).code, 0);
    for (const path of [identity, encrypted]) chmodSync(path, 0o644);
    assert.equal((await world.run(['secret', 'lease', 'a'])).code, 0);
    const { stdout } = await world.run(['health']);
    for (const path of [identity, encrypted]) assert.ok(stdout.includes(`${path} (mode 0644)`), stdout);
  });
});

describe('a vault that is damaged while the daemon runs', () => {
  test('is whole again with the next change: the daemon has it in memory', async (t) => {
    const world = await worldWithSecrets(t, { a: VALUE });
    const { encrypted } = pathsOf(world);
    flip(encrypted, 100);
    assert.equal((await world.run(['secret', 'put', 'b'], { input: 'another' })).code, 0);
    assert.equal((await world.run(['daemon', 'restart'])).code, 0);
    assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, `${VALUE}\n`);
    assert.equal((await world.run(['secret', 'lease', 'b'])).stdout, 'another\n');
  });

  test('is not written where its folder is gone: clearly refused, nothing changed, and lent as before', async (t) => {
    const world = await worldWithSecrets(t, { a: VALUE });
    const { folder } = pathsOf(world);
    const away = join(world.folder, 'away');
    renameSync(folder, away);
    for (const args of [
      ['put', 'b'],
      ['update', 'a'],
      ['rm', 'a'],
    ]) {
      const { code, stderr } = await world.run(['secret', ...args], { input: 'another' });
      assert.equal(code, 69, args.join(' '));
      assert.match(stderr, /could not be written \(ENOENT\) and is as it was; mend that and try again/);
    }
    assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, `${VALUE}\n`);
    renameSync(away, folder);
    assert.equal((await world.run(['secret', 'put', 'b'], { input: 'another' })).code, 0);
    process.kill(world.daemonPid(), 'SIGKILL');
    assert.equal((await world.run(['secret', 'lease', 'a'])).stdout, `${VALUE}\n`);
    assert.equal((await world.run(['secret', 'lease', 'b'])).stdout, 'another\n');
  });
});
