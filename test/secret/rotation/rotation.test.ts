import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type CommandResult, runShellCommand } from '../../../src/os/shell_command.js';
import { Refusal } from '../../../src/rpc/refusal.js';
import { Rotations, type RotationsParts } from '../../../src/secret/rotation/rotation.js';
import { removing, updating } from '../../../src/secret/vault/document_rules.js';
import type { StoredSecret } from '../../../src/secret/vault/vault_document.js';
import { EventList } from '../event_list.js';
import { DONE, EXIT_1, FakeCommands } from '../fake_commands.js';
import { documentOf, storedSecret, textOf } from '../stored_secrets.js';
import { MemoryVault } from '../vault/memory_vault.js';

const NOW_MS = 5_000_000;
const ACTOR = { uid: 1_000, pid: 7, executable: '/bin/tenure', script: '' };

/** Sources whose answers the test sets. */
class FakeSources {
  /** Asked and forgotten, in order. */
  readonly calls: string[] = [];
  answer: string | Error = 'from the source';

  async resolve(text: string): Promise<Uint8Array> {
    this.calls.push(`resolve ${text}`);
    if (this.answer instanceof Error) throw this.answer;
    return Buffer.from(this.answer);
  }

  forget(text: string): void {
    this.calls.push(`forget ${text}`);
  }
}

function room(t: TestContext, secret: StoredSecret, changes: Partial<RotationsParts> = {}) {
  const [vault, commands, sources, events] = [
    new MemoryVault(documentOf(secret)),
    new FakeCommands(),
    new FakeSources(),
    new EventList(),
  ];
  const rotations = new Rotations({
    vault,
    sources,
    environment: { PATH: '/usr/bin:/bin', HOME: '/nowhere' },
    commandTimeoutMs: () => 30_000,
    setRoomAside: () => () => undefined,
    wallMs: () => NOW_MS,
    events,
    run: commands.run,
    ...changes,
  });
  t.after(() => rotations.close());
  const value = (): string | undefined => textOf(vault.written?.secrets.get(secret.name)?.value);
  return { vault, commands, sources, events, rotations, value };
}

const SECRET = storedSecret('team/a', { rotate: 'make-one' });
const FULL = new Refusal('STORE_FULL', 'the disk of the state folder is full; make room and try again');

describe('a secret in the vault', () => {
  test('gets what its command prints; the command gets the old value on standard input alone', async (t) => {
    const { vault, commands, events, rotations, value } = room(t, SECRET);
    const rotation = rotations.rotate('team/a', ACTOR);
    const { order, print } = await commands.next();
    assert.equal(textOf(order.input), 'old');
    const { input: _input, ...rest } = order;
    assert.ok(!JSON.stringify(rest).includes('old'));
    assert.equal(order.environment['TENURE_SECRET_NAME'], 'team/a');
    assert.equal(order.environment['HOME'], '/nowhere');
    print('new\n');
    assert.deepEqual(await rotation, { name: 'team/a', outcome: 'rotated', failure: '', version: 2 });
    assert.equal(value(), 'new');
    assert.equal(vault.written?.secrets.get('team/a')?.rotateWallMs, NOW_MS);
    assert.deepEqual(events.all, [
      {
        action: 'secret.rotated',
        level: 'info',
        success: true,
        actor: ACTOR,
        metadata: { resource: 'secret/team/a', version: 2 },
      },
    ]);
  });

  test('is rotated once by all who ask at the same time, and anew by whoever asks later', async (t) => {
    const { commands, events, rotations, value } = room(t, SECRET);
    const asked = Array.from({ length: 50 }, () => rotations.rotate('team/a', ACTOR));
    (await commands.next()).print('new');
    const results = await Promise.all(asked);
    assert.equal(commands.started.length, 1);
    assert.ok(results.every(({ outcome, version }) => outcome === 'rotated' && version === 2));
    // Each who asked is in the audit log.
    assert.equal(events.of('secret.rotated').length, 50);
    assert.equal(events.all.filter(({ metadata }) => metadata['joined'] === true).length, 49);
    const later = rotations.rotate('team/a');
    (await commands.next()).print('newer');
    assert.equal((await later).version, 3);
    assert.equal(value(), 'newer');
  });

  test('keeps its old value where the command fails, and the failure says how', async (t) => {
    const ends: readonly (readonly [CommandResult, RegExp])[] = [
      [{ kind: 'failed', how: 'died of SIGKILL' }, /^the rotate command died of SIGKILL$/],
      [{ kind: 'timeout' }, /commandTimeout/],
      [{ kind: 'too-large' }, /printed too much/],
      [DONE, /no value of 1 to 65536 bytes/],
      [{ kind: 'done', output: Buffer.from('\n') }, /no value/],
      [{ kind: 'done', output: Buffer.alloc(65_537) }, /no value/],
    ];
    for (const [end, failure] of ends) {
      const { vault, commands, events, rotations, value } = room(t, SECRET);
      const rotation = rotations.rotate('team/a');
      (await commands.next()).end(end);
      const result = await rotation;
      assert.equal(result.outcome, 'failed');
      assert.equal(result.version, 1);
      assert.match(result.failure, failure);
      assert.equal(value(), 'old');
      assert.equal(vault.document.secrets.get('team/a'), SECRET);
      const [event] = events.all;
      assert.equal(event?.success, false);
      assert.equal(event.metadata['reason'], 'ROTATION_FAILED');
      assert.equal(event.metadata['failure'], result.failure);
    }
  });

  test('that was changed or deleted meanwhile is left as it is then', async (t) => {
    const changed = room(t, SECRET);
    const first = changed.rotations.rotate('team/a');
    const command = await changed.commands.next();
    await changed.vault.update(updating('team/a', { kind: 'value', value: Buffer.from('by hand') }, undefined, NOW_MS));
    command.print('new');
    const result = await first;
    assert.equal(result.outcome, 'failed');
    assert.match(result.failure, /was changed while/);
    assert.equal(changed.value(), 'by hand');

    const deleted = room(t, SECRET);
    const second = deleted.rotations.rotate('team/a');
    const late = await deleted.commands.next();
    await deleted.vault.update(removing('team/a'));
    late.print('new');
    assert.match((await second).failure, /was deleted while/);
    assert.equal(deleted.vault.written?.secrets.size, 0);
  });

  test('keeps commands that were changed meanwhile, and runs the new on_rotate', async (t) => {
    const { vault, commands, rotations, value } = room(t, SECRET);
    const rotation = rotations.rotate('team/a');
    const command = await commands.next();
    await vault.update(updating('team/a', undefined, { ...SECRET.hooks, onRotate: 'reload' }, NOW_MS));
    command.print('new');
    const reload = await commands.next();
    assert.equal(reload.order.command, 'reload');
    reload.end(DONE);
    assert.deepEqual(await rotation, { name: 'team/a', outcome: 'rotated', failure: '', version: 2 });
    assert.equal(value(), 'new');
    assert.equal(vault.document.secrets.get('team/a')?.hooks.onRotate, 'reload');
  });

  test('is rotated all the same where on_rotate fails, and the failure is told', async (t) => {
    const { commands, events, rotations, value } = room(t, storedSecret('a', { rotate: 'make', onRotate: 'reload' }));
    const rotation = rotations.rotate('a');
    (await commands.next()).print('new');
    const { order, end } = await commands.next();
    // The new value is kept before anybody is told of it, and on_rotate gets none.
    assert.equal(value(), 'new');
    assert.equal(order.input, undefined);
    end(EXIT_1);
    const failure = 'the on_rotate command ended with exit code 1';
    assert.deepEqual(await rotation, { name: 'a', outcome: 'rotated', failure, version: 2 });
    assert.equal(events.all[0]?.success, true);
    assert.equal(events.all[0].metadata['failure'], failure);
  });

  test('is not rotated where the vault could not take what the command makes, unless that is all the same', async (t) => {
    const { vault, commands, rotations, value } = room(t, SECRET);
    vault.failWrites(FULL);
    await assert.rejects(
      rotations.rotate('team/a'),
      (error) =>
        error instanceof Refusal &&
        error.reason === 'STORE_FULL' &&
        /was not run/.test(error.message) &&
        /make room/.test(error.message),
    );
    assert.equal(commands.started.length, 0);
    const urgent = rotations.rotate('team/a', ACTOR, false);
    (await commands.next()).print('new');
    await assert.rejects(urgent, (error) => error instanceof Refusal && /has run/.test(error.message));
    assert.equal(value(), 'old');
  });

  test('whose vault can’t be written any more keeps the old value, and whoever asked learns that the command has run', async (t) => {
    const { vault, commands, events, rotations, value } = room(t, SECRET);
    const rotation = rotations.rotate('team/a');
    const { print } = await commands.next();
    vault.failWrites(FULL);
    print('new');
    await assert.rejects(
      rotation,
      (error) =>
        error instanceof Refusal &&
        error.reason === 'STORE_FULL' &&
        /has run/.test(error.message) &&
        /make room/.test(error.message),
    );
    assert.equal(value(), 'old');
    assert.equal(events.all[0]?.metadata['reason'], 'STORE_FULL');
    vault.failWrites(undefined);
    const again = rotations.rotate('team/a');
    (await commands.next()).print('newer');
    assert.equal((await again).outcome, 'rotated');
  });

  test('is rotated on a full disk all the same once somebody joins for whom the old value must go', async (t) => {
    const { vault, commands, rotations } = room(t, SECRET);
    const writes = vault.holdWrites();
    const asked = [rotations.rotate('team/a', ACTOR)];
    await writes.begun;
    asked.push(rotations.rotate('team/a', ACTOR, false));
    vault.failWrites(FULL);
    writes.release();
    const told = asked.map((one) => assert.rejects(one, /has run, but the vault could not take it/));
    (await commands.next()).print('new');
    await Promise.all(told);
    assert.equal(commands.started.length, 1);
  });
});

describe('a secret of another source', () => {
  const secret = storedSecret('a', { rotate: 'change-it' }, { source: 'exec:get-it', value: undefined });

  test('is rotated when the source answers after its command; what that prints goes nowhere', async (t) => {
    const { vault, commands, sources, rotations } = room(t, secret);
    const rotation = rotations.rotate('a');
    const { order, end } = await commands.next();
    assert.equal(textOf(order.input), 'from the source');
    assert.equal(order.maxOutputBytes, undefined);
    end(DONE);
    assert.deepEqual(await rotation, { name: 'a', outcome: 'rotated', failure: '', version: 2 });
    assert.deepEqual(sources.calls, ['resolve exec:get-it', 'forget exec:get-it', 'resolve exec:get-it']);
    const after = vault.written?.secrets.get('a');
    assert.deepEqual([after?.value, after?.source, after?.rotateWallMs], [undefined, 'exec:get-it', NOW_MS]);
  });

  test('that does not answer before gives its command nothing to read, and is rotated', async (t) => {
    const { commands, sources, rotations } = room(t, secret);
    sources.answer = new Refusal('SOURCE_FAILED', 'exec:get-it ended with exit code 4');
    const rotation = rotations.rotate('a');
    const { order, end } = await commands.next();
    assert.equal(order.input, undefined);
    sources.answer = 'healed';
    end(DONE);
    assert.equal((await rotation).outcome, 'rotated');
  });

  test('that does not answer after it is not rotated, and the failure has the source’s words', async (t) => {
    const { vault, commands, sources, rotations } = room(t, secret);
    const rotation = rotations.rotate('a');
    const { end } = await commands.next();
    sources.answer = new Refusal('SOURCE_FAILED', 'exec:get-it ended with exit code 4');
    end(DONE);
    const result = await rotation;
    assert.deepEqual([result.outcome, result.version], ['failed', 1]);
    assert.match(result.failure, /exec:get-it ended with exit code 4/);
    assert.equal(vault.writes, 0);
  });

  test('is asked anew after a command that failed', async (t) => {
    const { commands, sources, rotations } = room(t, secret);
    const rotation = rotations.rotate('a');
    (await commands.next()).end(EXIT_1);
    assert.equal((await rotation).failure, 'the rotate command ended with exit code 1');
    assert.equal(sources.calls.at(-1), 'forget exec:get-it');
  });
});

test('what is not there, or has no rotate command, runs nothing and is told of', async (t) => {
  const { commands, events, rotations } = room(t, storedSecret('a', {}, { version: 5 }));
  await assert.rejects(
    rotations.rotate('b'),
    (error) => error instanceof Refusal && error.reason === 'SECRET_NOT_FOUND',
  );
  assert.deepEqual(await rotations.rotate('a'), { name: 'a', outcome: 'not-configured', failure: '', version: 5 });
  assert.equal(commands.started.length, 0);
  assert.deepEqual(
    events.all.map(({ success, metadata }) => [success, metadata['resource'], metadata['reason']]),
    [
      [false, 'secret/b', 'SECRET_NOT_FOUND'],
      [false, 'secret/a', 'NO_ROTATION'],
    ],
  );
});

test('a closed room kills what runs, keeps what was printed, and begins nothing', async (t) => {
  const { vault, commands, rotations, value } = room(t, SECRET);
  const killed = rotations.rotate('team/a');
  await commands.next();
  await rotations.close();
  assert.match((await killed).failure, /was killed because the daemon stops/);
  await assert.rejects(
    rotations.rotate('team/a'),
    (error) => error instanceof Refusal && error.reason === 'SHUTTING_DOWN',
  );

  const late = room(t, SECRET);
  const printed = late.rotations.rotate('team/a');
  const { print } = await late.commands.next();
  const writes = late.vault.holdWrites();
  print('new');
  await writes.begun;
  const closed = late.rotations.close();
  writes.release();
  await closed;
  assert.equal((await printed).outcome, 'rotated');
  assert.equal(late.value(), 'new');
  assert.equal(value(), 'old');
  assert.equal(vault.document.secrets.get('team/a'), SECRET);
});

describe('with a real shell', () => {
  const real = { run: runShellCommand };

  test('the new value is made of the old one', async (t) => {
    const secret = storedSecret('a', { rotate: 'tr a-z A-Z; printf -- "-$TENURE_SECRET_NAME\\r\\n"' });
    const { rotations, value } = room(t, secret, real);
    assert.equal((await rotations.rotate('a')).failure, '');
    assert.equal(value(), 'OLD-a');
  });

  test('nothing that a failing command was given or printed is told', async (t) => {
    const rotate = 'cat; cat >&2; echo hunter2; echo hunter2 >&2; exit 3';
    const { events, rotations, value } = room(
      t,
      storedSecret('a', { rotate }, { value: Buffer.from('hunter1') }),
      real,
    );
    const result = await rotations.rotate('a');
    assert.equal(result.failure, 'the rotate command ended with exit code 3');
    assert.doesNotMatch(JSON.stringify([result, events.all]), /hunter/);
    assert.equal(value(), 'hunter1');
  });

  test('a value of the largest size is taken, and one byte more is not', async (t) => {
    const most = room(t, storedSecret('a', { rotate: 'head -c 65536 /dev/zero | tr "\\0" x; echo' }), real);
    assert.equal((await most.rotations.rotate('a')).failure, '');
    assert.equal(most.value()?.length, 65_536);
    const more = room(t, storedSecret('a', { rotate: 'head -c 65537 /dev/zero' }), real);
    assert.match((await more.rotations.rotate('a')).failure, /no value of 1 to 65536 bytes/);
    const far = room(t, storedSecret('a', { rotate: 'cat /dev/zero' }), real);
    assert.match((await far.rotations.rotate('a')).failure, /printed too much/);
  });

  test('a command beyond its time is killed', async (t) => {
    const { rotations, value } = room(t, storedSecret('a', { rotate: 'sleep 600; echo new' }), {
      ...real,
      commandTimeoutMs: () => 50,
    });
    assert.match((await rotations.rotate('a')).failure, /took longer than secrets\.commandTimeout/);
    assert.equal(value(), 'old');
  });
});
