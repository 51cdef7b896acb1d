import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeVault, encodeVault } from '../../../src/secret/vault/vault_codec.js';
import { EMPTY_DOCUMENT, type VaultDocument } from '../../../src/secret/vault/vault_document.js';
import { documentOf, storedSecret } from '../stored_secrets.js';

/** Also such as no file name or shell would take. */
const text = fc.oneof(fc.string(), fc.string({ unit: 'binary' }), fc.constantFrom('__proto__', '\ud800', '\0', ''));
const wallMs = fc.oneof(
  fc.nat(),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number || 0),
);
const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => new Uint8Array(array));

/** As the codec makes them: with a prototype. */
const plain = { noNullPrototype: true } as const;

const secret = fc.record(
  {
    name: text,
    source: text,
    value: fc.option(bytes, { nil: undefined }),
    version: fc.integer({ min: 1 }),
    createWallMs: wallMs,
    updateWallMs: wallMs,
    rotateWallMs: fc.option(wallMs, { nil: undefined }),
    hooks: fc.record({ rotate: text, onRotate: text, onRevoke: text, onDelete: text }, plain),
  },
  plain,
);
const revocation = fc.record(
  {
    leaseId: text,
    name: text,
    clientId: text,
    command: text,
    revokeWallMs: wallMs,
    attempts: fc.nat(),
    nextAttemptWallMs: wallMs,
    lastFailure: text,
  },
  plain,
);
const envFile = fc.record({ path: text, marker: text, leaseIds: fc.array(text) }, plain);

function mapOf<T>(entry: fc.Arbitrary<T>, keyOf: (value: T) => string): fc.Arbitrary<ReadonlyMap<string, T>> {
  return fc.array(entry, { maxLength: 8 }).map((entries) => new Map(entries.map((each) => [keyOf(each), each])));
}

const anyDocument: fc.Arbitrary<VaultDocument> = fc.record(
  {
    secrets: mapOf(secret, ({ name }) => name),
    revocations: mapOf(revocation, ({ leaseId }) => leaseId),
    envFiles: mapOf(envFile, ({ path }) => path),
  },
  plain,
);

/** The JSON of a good document, with changes. */
function altered(change: Readonly<Record<string, unknown>>): Uint8Array {
  const good = Buffer.from(encodeVault({ generation: 1, document: EMPTY_DOCUMENT })).toString();
  return Buffer.from(JSON.stringify({ ...JSON.parse(good), ...change }));
}

test('any document comes back as it was, in its order', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1 }), anyDocument, (generation, document) => {
      const again = decodeVault(encodeVault({ generation, document }));
      assert.equal(again.generation, generation);
      assert.deepEqual(again.document, document);
      assert.deepEqual([...again.document.secrets.keys()], [...document.secrets.keys()]);
    }),
  );
});

test('what is no vault is refused, with where it is wrong', () => {
  const stored = { ...storedSecret('one', {}), value: 'b2xk' };
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [Buffer.from('{"format":1'), /^is no JSON$/],
    [Buffer.from(''), /^is no JSON$/],
    [Buffer.from('[]'), /^is wrong at its root: /],
    [altered({ format: 2 }), /^has format 2, and this tenured reads format 1 only$/],
    [altered({ format: '1' }), /^is wrong at format: /],
    [altered({ generation: 0 }), /^is wrong at generation: /],
    [altered({ secrets: {} }), /^is wrong at secrets: /],
    [altered({ more: 1 }), /"more"/],
    [altered({ secrets: [{ ...stored, version: 0 }] }), /^is wrong at secrets\.0\.version: /],
    [altered({ secrets: [{ ...stored, value: 'no base64!' }] }), /^is wrong at secrets\.0\.value: no base64$/],
    [altered({ secrets: [{ ...stored, colour: 'red' }] }), /^is wrong at secrets\.0: .*"colour"/],
    [altered({ secrets: [stored, stored] }), /^is wrong at secrets: one entry is there twice$/],
    [altered({ envFiles: [{ path: '/a', marker: '#', leaseIds: [1] }] }), /^is wrong at envFiles\.0\.leaseIds\.0: /],
  ];
  for (const [content, message] of cases) {
    assert.throws(() => decodeVault(content), { message });
  }
});

test('no message quotes a value', () => {
  const marker = 'hunter2hunter2';
  const good = Buffer.from(
    encodeVault({ generation: 1, document: documentOf(storedSecret('one', {}, { value: Buffer.from(marker) })) }),
  );
  const encoded = Buffer.from(marker).toString('base64');
  const damaged = [
    good.toString().replace(encoded, `${encoded}"`),
    good.toString().replace(`"${encoded}"`, encoded),
    good.toString().replace(encoded, `${encoded}!`),
    good.toString().replace(`"${encoded}"`, `["${encoded}"]`),
    good.toString().slice(0, -1),
  ];
  for (const content of damaged) {
    assert.throws(
      () => decodeVault(Buffer.from(content)),
      ({ message }: Error) => !message.includes(encoded.slice(0, 6)) && !message.includes(marker.slice(0, 6)),
    );
  }
});

test('what the next start could not read is not written', () => {
  const broken = [{ createWallMs: Number.NaN }, { rotateWallMs: Number.POSITIVE_INFINITY }, { version: 1.5 }];
  for (const fields of broken) {
    const document = documentOf(storedSecret('one', {}, fields));
    assert.throws(() => encodeVault({ generation: 1, document }), /is wrong at secrets\.0\./);
  }
  const twice = new Map(['a', 'b'].map((key) => [key, storedSecret('one', {})]));
  assert.throws(() => encodeVault({ generation: 1, document: { ...EMPTY_DOCUMENT, secrets: twice } }), /twice/);
});
