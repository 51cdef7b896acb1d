import assert from 'node:assert/strict';
import { describe, type TestContext, test } from 'node:test';
import { type Reason, Refusal } from '../../../src/rpc/refusal.js';
import { EMPTY_DOCUMENT, type VaultDocument } from '../../../src/secret/vault/vault_document.js';
import type { Vault, VaultStep } from '../../../src/secret/vault/vault_port.js';
import { storedSecret } from '../stored_secrets.js';

/** One vault that tests open, and open again as after a restart; gone with the test. */
export interface VaultPlace {
  open(): Promise<Vault>;
  /** Lets all that writes fail from now on; undefined: no more. */
  failWrites(fault: 'full' | 'broken' | undefined): void;
  /** Documents written since the place was made. */
  writes(): number;
}

export function add(name: string): (document: VaultDocument) => VaultStep<string> {
  return (document) => {
    const secrets = new Map(document.secrets).set(name, storedSecret(name, {}, { value: new Uint8Array([1, 2, 3]) }));
    return { document: { ...document, secrets }, value: `added ${name}` };
  };
}

export function refusedWith(reason: Reason): (error: unknown) => true {
  return (error) => {
    assert.ok(error instanceof Refusal, String(error));
    assert.equal(error.reason, reason);
    return true;
  };
}

function namesIn(vault: Vault): string[] {
  return [...vault.document.secrets.keys()];
}

/** What holds of every vault, whatever keeps it. */
export function vaultContract(kind: string, placeFor: (context: TestContext) => VaultPlace): void {
  describe(`the vault contract: ${kind}`, () => {
    test('there is no vault until it is made, and then there is one', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      assert.equal(vault.recipient, undefined);
      assert.deepEqual(vault.document, EMPTY_DOCUMENT);
      await assert.rejects(vault.update(add('early')), refusedWith('VAULT_NOT_INITIALIZED'));
      assert.equal(await vault.wipe(), false);
      assert.equal(await vault.init(), true);
      assert.match(vault.recipient ?? '', /^age1/);
      assert.deepEqual(vault.document, EMPTY_DOCUMENT);
    });

    test('making it again changes nothing, also when two ask at once', async (t) => {
      const vault = await placeFor(t).open();
      assert.deepEqual(await Promise.all([vault.init(), vault.init()]), [true, false]);
      const { recipient } = vault;
      await vault.update(add('one'));
      assert.equal(await vault.init(), false);
      assert.equal(vault.recipient, recipient);
      assert.deepEqual(namesIn(vault), ['one']);
    });

    test('what was written is there after a restart', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      assert.equal(await vault.update(add('one')), 'added one');
      await vault.update(add('two'));
      await vault.close();
      const again = await place.open();
      assert.deepEqual(again.document, vault.document);
      assert.equal(again.recipient, vault.recipient);
      assert.equal(await again.update(add('three')), 'added three');
      assert.deepEqual(namesIn(again), ['one', 'two', 'three']);
    });

    test('a step sees all that was asked before it, and nobody is told before it is in the document', async (t) => {
      const vault = await placeFor(t).open();
      const made = vault.init();
      const seen: number[] = [];
      const updates = Array.from({ length: 50 }, async (_, index) => {
        await vault.update((document) => {
          seen.push(document.secrets.size);
          return add(`s${index}`)(document);
        });
        assert.ok(vault.document.secrets.has(`s${index}`));
      });
      await Promise.all([made, ...updates]);
      assert.deepEqual(
        seen,
        Array.from({ length: 50 }, (_, index) => index),
      );
    });

    test('all steps of one turn share a write', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      const before = place.writes();
      const asked = Array.from({ length: 40 }, async (_, index) => {
        // Of several handlers, each a little further on when it asks.
        for (let waited = 0; waited < index; waited += 1) await undefined;
        return vault.update(add(`a${index}`));
      });
      await Promise.all(asked);
      assert.equal(place.writes() - before, 1);
      assert.equal((await place.open()).document.secrets.size, 40);
    });

    test('a step that throws harms no other, and leaves nothing', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      const fault = new Error('not like this');
      const outcomes = await Promise.allSettled([
        vault.update(add('one')),
        vault.update(() => {
          throw fault;
        }),
        vault.update(add('two')),
      ]);
      assert.deepEqual(outcomes, [
        { status: 'fulfilled', value: 'added one' },
        { status: 'rejected', reason: fault },
        { status: 'fulfilled', value: 'added two' },
      ]);
      assert.deepEqual(namesIn(await place.open()), ['one', 'two']);
    });

    test('a step that changes nothing writes nothing, and needs no disk', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      await vault.update(add('one'));
      const before = place.writes();
      const count = (document: VaultDocument) => ({ document, value: document.secrets.size });
      assert.equal(await vault.update(count), 1);
      await vault.close();
      assert.equal(place.writes(), before);
      place.failWrites('broken');
      assert.equal(await vault.update(count), 1);
    });

    for (const { fault, reason } of [
      { fault: 'full', reason: 'STORE_FULL' },
      { fault: 'broken', reason: 'VAULT_NOT_WRITTEN' },
    ] as const) {
      test(`what could not be written is in the document of nobody: ${fault}`, async (t) => {
        const place = placeFor(t);
        const vault = await place.open();
        await vault.init();
        await vault.update(add('one'));
        const { document } = vault;
        place.failWrites(fault);
        const changed = vault.update(add('two'));
        // Has seen what is not written, and so must not be told either.
        const built = vault.update((current) => ({ document: current, value: current.secrets.size }));
        await Promise.all([changed, built].map((update) => assert.rejects(update, refusedWith(reason))));
        assert.ok(vault.document === document);
        assert.deepEqual((await place.open()).document, document);
        place.failWrites(undefined);
        await vault.update(add('three'));
        assert.deepEqual(namesIn(await place.open()), ['one', 'three']);
      });

      test(`a vault that could not be made is not there, and can be made later: ${fault}`, async (t) => {
        const place = placeFor(t);
        const vault = await place.open();
        place.failWrites(fault);
        await assert.rejects(vault.init(), refusedWith(reason));
        assert.equal(vault.recipient, undefined);
        assert.equal((await place.open()).recipient, undefined);
        place.failWrites(undefined);
        assert.equal(await vault.init(), true);
      });
    }

    test('wiping comes after what was asked before it, and ends all that comes after it', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      const before = vault.update(add('one'));
      const wiped = vault.wipe();
      const after = vault.update(add('two'));
      assert.equal(await before, 'added one');
      await assert.rejects(after, refusedWith('VAULT_NOT_INITIALIZED'));
      assert.equal(await wiped, true);
      assert.equal(vault.recipient, undefined);
      assert.deepEqual(vault.document, EMPTY_DOCUMENT);
      assert.equal(await vault.wipe(), false);
      assert.equal((await place.open()).recipient, undefined);
    });

    test('a new vault after a wipe is empty and has another key', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      await vault.update(add('one'));
      await vault.wipe();
      assert.equal(await vault.init(), true);
      assert.deepEqual(vault.document, EMPTY_DOCUMENT);
      await vault.update(add('two'));
      assert.deepEqual(namesIn(await place.open()), ['two']);
    });

    test('closing waits for what was asked before it', async (t) => {
      const place = placeFor(t);
      const vault = await place.open();
      await vault.init();
      let told = false;
      const update = vault.update(add('one')).then(() => {
        told = true;
      });
      await vault.close();
      assert.deepEqual(namesIn(vault), ['one']);
      await update;
      assert.ok(told);
    });
  });
}
