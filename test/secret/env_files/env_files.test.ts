import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, type TestContext, test } from 'node:test';
import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import { Refusal } from '../../../src/rpc/refusal.js';
import { EnvFiles } from '../../../src/secret/env_files/env_files.js';
import { EMPTY_DOCUMENT, type StoredEnvFile } from '../../../src/secret/vault/vault_document.js';
import { temporaryFolder } from '../../os/child_process.js';
import { EventList } from '../event_list.js';
import { MemoryVault } from '../vault/memory_vault.js';

const MARKER = '# tenure: written for one test';
const OWN_UID = process.getuid?.() ?? 0;

/** Env files of one daemon; each lease is in force until the test ends it. */
class Desk {
  readonly folder: string;
  readonly vault: MemoryVault;
  readonly events = new EventList();
  readonly gone = new Set<string>();
  readonly files: EnvFiles;

  constructor(t: TestContext, vault = new MemoryVault(EMPTY_DOCUMENT), ownUid = OWN_UID) {
    this.folder = temporaryFolder(t);
    this.vault = vault;
    this.files = new EnvFiles({
      vault,
      leases: { isActive: (leaseId) => !this.gone.has(leaseId) },
      ownUid,
      events: this.events,
    });
    t.after(() => this.files.close());
  }

  /** Writes a file and answers its path. */
  write(text = `${MARKER}\nTOKEN=S3CRET\n`, name = '.env'): string {
    const path = join(this.folder, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  }

  /** Ends a lease without waiting for what that leads to. */
  ends(leaseId: string, end: LeaseEnd = LeaseEnd.EXPIRED, replacedBy?: string): void {
    this.gone.add(leaseId);
    this.files.ended({ leaseId, resource: `secret/of-${leaseId}`, clientId: 'me', end, replacedBy });
  }

  /** Its client takes the lease anew, without waiting for what that leads to. */
  replaces(leaseId: string, replacedBy: string): void {
    this.ends(leaseId, LeaseEnd.REPLACED, replacedBy);
  }

  async end(leaseId: string, end?: LeaseEnd): Promise<void> {
    this.ends(leaseId, end);
    await this.files.close();
  }

  /** Lease ids by path, as a restart would find them. */
  get stored(): Readonly<Record<string, readonly string[]>> {
    const files: Iterable<StoredEnvFile> = this.vault.written?.envFiles.values() ?? [];
    return Object.fromEntries([...files].map(({ path, leaseIds }) => [path, leaseIds]));
  }

  get told(): readonly (readonly [boolean, unknown])[] {
    return this.events.of('secret.env_file_removed').map(({ success, metadata }) => [success, metadata['reason']]);
  }
}

async function refused(bound: Promise<unknown>, words: RegExp, reason = 'ENV_FILE_INVALID'): Promise<void> {
  await assert.rejects(
    bound,
    (error: unknown) => error instanceof Refusal && error.reason === reason && words.test(error.message),
  );
}

describe('a bound file', () => {
  const REMOVING = ['RELEASED', 'REVOKED', 'EXPIRED', 'MAX_HOLD', 'PROCESS_GONE', 'OTHER_BOOT'] as const;
  for (const end of REMOVING) {
    test(`goes with the first of its leases whose end is ${end}`, async (t) => {
      const desk = new Desk(t);
      const path = desk.write();
      assert.deepEqual(await desk.files.bind(path, MARKER, ['a', 'b']), { path, marker: MARKER, leaseIds: ['a', 'b'] });
      assert.deepEqual(desk.stored, { [path]: ['a', 'b'] });
      await desk.end('other', LeaseEnd[end]);
      assert.ok(existsSync(path));
      await desk.end('b', LeaseEnd[end]);
      assert.ok(!existsSync(path));
      assert.deepEqual(desk.stored, {});
      const [event] = desk.events.all;
      assert.deepEqual(
        [event?.level, event?.success, event?.metadata],
        ['info', true, { path, leaseId: 'b', resource: 'secret/of-b', clientId: 'me' }],
      );
      await desk.end('a', LeaseEnd[end]);
      assert.equal(desk.events.all.length, 1);
    });
  }

  test('outlives leases that were replaced, the last too, and goes with those that took their places', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    await desk.files.bind(path, MARKER, ['a', 'b']);
    desk.replaces('b', 'b2');
    desk.replaces('a', 'a2');
    await desk.files.close();
    assert.ok(existsSync(path));
    assert.deepEqual(desk.stored, { [path]: ['b2', 'a2'] });
    desk.replaces('a2', 'a3');
    await desk.end('a3');
    assert.ok(!existsSync(path));
    assert.deepEqual(desk.stored, {});
  });

  test('writes a hundred replaced leases down in few steps', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    const leaseIds = Array.from({ length: 100 }, (_, index) => `l${index}`);
    await desk.files.bind(path, MARKER, leaseIds);
    const before = desk.vault.writes;
    for (const leaseId of leaseIds) desk.replaces(leaseId, `${leaseId}-anew`);
    await desk.files.close();
    assert.deepEqual(desk.stored, { [path]: leaseIds.map((leaseId) => `${leaseId}-anew`) });
    assert.ok(desk.vault.writes - before <= 2, `${desk.vault.writes - before} writes`);
  });

  test('that somebody has changed stays, and its binding goes', async (t) => {
    const desk = new Desk(t);
    const changes: readonly (readonly [string, (path: string) => void])[] = [
      ['it does not begin with the marker', (path) => writeFileSync(path, 'MINE=1\n')],
      ['it does not begin with the marker', (path) => writeFileSync(path, ` ${MARKER}\n`)],
      [
        'it is not a regular file',
        (path) => {
          renameSync(path, `${path}.moved`);
          symlinkSync(`${path}.moved`, path);
        },
      ],
    ];
    for (const [index, [, change]] of changes.entries()) {
      const path = desk.write(undefined, `file${index}`);
      await desk.files.bind(path, MARKER, [`l${index}`]);
      change(path);
      await desk.end(`l${index}`);
      assert.ok(existsSync(path));
    }
    assert.deepEqual(
      desk.told,
      changes.map(([reason]) => [false, reason]),
    );
    assert.deepEqual(desk.stored, {});
  });

  test('that was written anew under another marker stays, and nothing is told: it goes with other leases', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    await desk.files.bind(path, MARKER, ['a']);
    desk.write(`${MARKER}, another time\nTOKEN=newer\n`);
    await desk.end('a');
    assert.ok(existsSync(path));
    assert.deepEqual([desk.told, desk.stored], [[], {}]);
  });

  test('that is gone already, with its folder or without, is removed', async (t) => {
    const desk = new Desk(t);
    mkdirSync(join(desk.folder, 'sub'));
    const path = desk.write(undefined, 'sub/.env');
    await desk.files.bind(path, MARKER, ['a']);
    renameSync(join(desk.folder, 'sub'), join(desk.folder, 'elsewhere'));
    writeFileSync(join(desk.folder, 'sub'), '');
    await desk.end('a');
    assert.deepEqual(desk.told, [[true, undefined]]);
  });
});

describe('binding', () => {
  test('a path again counts the newer leases only, and says so on the disk', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    await desk.files.bind(path, MARKER, ['a']);
    desk.write(`${MARKER} 2\n`);
    await desk.files.bind(`${desk.folder}/./.env`, `${MARKER} 2`, ['b', 'b']);
    assert.deepEqual(desk.stored, { [path]: ['b'] });
    await desk.end('a');
    assert.ok(existsSync(path));
    await desk.end('b');
    assert.ok(!existsSync(path));
  });

  test('anew while the old file is being removed waits, and tells that there is none', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    await desk.files.bind(path, MARKER, ['a']);
    desk.ends('a');
    await refused(desk.files.bind(path, MARKER, ['b']), /there is no such file/);
    assert.deepEqual(desk.stored, {});
  });

  test('a lease that ends meanwhile takes the file with it', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    const writes = desk.vault.holdWrites();
    const bound = desk.files.bind(path, MARKER, ['a', 'b', 'c']);
    await writes.begun;
    desk.replaces('a', 'a2');
    desk.ends('a2', LeaseEnd.REVOKED);
    writes.release();
    await bound;
    await desk.files.close();
    assert.ok(!existsSync(path));
    assert.deepEqual(desk.stored, {});
    assert.equal(desk.events.all.length, 1);
  });

  test('anew under way makes the ends of older leases mean nothing', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    await desk.files.bind(path, MARKER, ['a', 'b']);
    const writes = desk.vault.holdWrites();
    const bound = desk.files.bind(path, MARKER, ['c']);
    await writes.begun;
    desk.replaces('a', 'c');
    desk.ends('b', LeaseEnd.EXPIRED);
    writes.release();
    await bound;
    await desk.files.close();
    assert.ok(existsSync(path));
    assert.deepEqual(desk.stored, { [path]: ['c'] });
  });

  test('what is not the user’s own marked file is refused, and stays as it is', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    const { files, folder } = desk;
    await refused(files.bind('.env', MARKER, ['a']), /not absolute/);
    await refused(files.bind(path, 'TOKEN=S3CRET', ['a']), /the marker does not begin with "# tenure:"/);
    await refused(files.bind(path, `${MARKER}\nTOKEN=`, ['a']), /marker has a control character/, 'INVALID_FIELD');
    await refused(files.bind(path, `# tenure:${'x'.repeat(2_000)}`, ['a']), /1024 bytes/, 'INVALID_FIELD');
    await refused(files.bind(join(folder, 'none'), MARKER, ['a']), /there is no such file/);
    await refused(files.bind(folder, MARKER, ['a']), /it is not a regular file/);
    symlinkSync(path, join(folder, 'link'));
    await refused(files.bind(join(folder, 'link'), MARKER, ['a']), /it is not a regular file/);
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    await refused(files.bind(join(folder, 'pipe'), MARKER, ['a']), /it is not a regular file/);
    for (const text of ['', 'A=1\n', ` ${MARKER}\n`, `${MARKER}!\n`, MARKER.slice(0, -1)]) {
      await refused(files.bind(desk.write(text, 'other'), MARKER, ['a']), /it does not begin with the marker/);
    }
    const stranger = new Desk(t, desk.vault, OWN_UID + 1);
    await refused(stranger.files.bind(path, MARKER, ['a']), new RegExp(`it belongs to uid ${OWN_UID}`));
    await desk.end('a');
    assert.equal(readFileSync(path, 'utf8'), `${MARKER}\nTOKEN=S3CRET\n`);
    assert.deepEqual([desk.stored, desk.events.all], [{}, []]);
  });

  test('a file that is nothing but its marker is bound', async (t) => {
    const desk = new Desk(t);
    await desk.files.bind(desk.write(MARKER), MARKER, ['a']);
    assert.equal(Object.keys(desk.stored).length, 1);
  });

  test('is refused where the vault cannot keep it; what was bound before stays so', async (t) => {
    const desk = new Desk(t);
    const path = desk.write();
    await desk.files.bind(path, MARKER, ['a']);
    desk.vault.failWrites(new Refusal('STORE_FULL', 'full'));
    await refused(desk.files.bind(path, MARKER, ['b']), /full/, 'STORE_FULL');
    await desk.end('b');
    assert.ok(existsSync(path));
    await desk.end('a');
    assert.ok(!existsSync(path), 'a full disk keeps no file');
    await refused(
      new Desk(t, new MemoryVault()).files.bind(desk.write(), MARKER, ['c']),
      /no vault/,
      'VAULT_NOT_INITIALIZED',
    );
  });
});

test('leases that end at once are one removal', async (t) => {
  const desk = new Desk(t);
  await desk.files.bind(desk.write(), MARKER, ['a', 'b', 'c']);
  for (const leaseId of ['a', 'b', 'c']) desk.ends(leaseId, LeaseEnd.REVOKED);
  await desk.files.close();
  assert.equal(desk.events.all.length, 1);
});

test('a vault that is wiped leaves no file behind', async (t) => {
  const desk = new Desk(t);
  const path = desk.write();
  await desk.files.bind(path, MARKER, ['a']);
  await desk.vault.wipe();
  await desk.end('a');
  assert.ok(!existsSync(path));
});

test('the next start removes the files whose leases are gone, and goes on with the others', async (t) => {
  const before = new Desk(t);
  const [left, kept] = [before.write(undefined, 'left'), before.write(undefined, 'kept')];
  await before.files.bind(left, MARKER, ['a', 'b']);
  await before.files.bind(kept, MARKER, ['b']);
  const desk = new Desk(t, before.vault);
  desk.gone.add('a');
  await desk.files.start();
  assert.deepEqual([existsSync(left), existsSync(kept)], [false, true]);
  assert.deepEqual(desk.stored, { [kept]: ['b'] });
  assert.deepEqual(desk.events.all[0]?.metadata, { path: left, leaseId: 'a' });
  await desk.end('b');
  assert.ok(!existsSync(kept));
});
