import { z } from 'zod';
import type { StoredSecret, VaultDocument } from './vault_document.js';

/** Raised with every change that an older daemon could not read. */
const FORMAT = 1;

/** What one write of the vault holds. */
export interface VaultContent {
  /** Rises by one with each write, from 1: the newer of two copies has more. */
  readonly generation: number;
  readonly document: VaultDocument;
}

const secret = z.strictObject({
  name: z.string(),
  source: z.string(),
  /** In base64. */
  value: z.string().optional(),
  version: z.int().positive(),
  createWallMs: z.number(),
  updateWallMs: z.number(),
  rotateWallMs: z.number().optional(),
  hooks: z.strictObject({ rotate: z.string(), onRotate: z.string(), onRevoke: z.string(), onDelete: z.string() }),
});

const revocation = z.strictObject({
  leaseId: z.string(),
  name: z.string(),
  clientId: z.string(),
  command: z.string(),
  revokeWallMs: z.number(),
  attempts: z.int().nonnegative(),
  nextAttemptWallMs: z.number(),
  lastFailure: z.string(),
});

const envFile = z.strictObject({ path: z.string(), marker: z.string(), leaseIds: z.array(z.string()) });

/** Strict: what this daemon does not know, it would drop with its next write. */
const stored = z.strictObject({
  format: z.literal(FORMAT),
  generation: z.int().positive(),
  secrets: listOf(secret, ({ name }) => name),
  revocations: listOf(revocation, ({ leaseId }) => leaseId),
  envFiles: listOf(envFile, ({ path }) => path),
});

function listOf<T extends z.ZodType>(each: T, keyOf: (entry: z.output<T>) => string) {
  return z.array(each).refine((list) => new Set(list.map(keyOf)).size === list.length, 'one entry is there twice');
}

const anyFormat = z.object({ format: z.int() });

/** Throws where the next start could not read it, such as with a time that is no number. */
export function encodeVault({ generation, document }: VaultContent): Uint8Array {
  const secrets = [...document.secrets.values()].map((each) => ({
    ...each,
    value: each.value && Buffer.from(each.value).toString('base64'),
  }));
  const revocations = [...document.revocations.values()];
  const envFiles = [...document.envFiles.values()];
  const content = { format: FORMAT, generation, secrets, revocations, envFiles };
  check(content);
  return Buffer.from(JSON.stringify(content));
}

/** Throws on what no daemon of this format wrote; the message holds nothing of it. */
export function decodeVault(bytes: Uint8Array): VaultContent {
  const { generation, secrets, revocations, envFiles } = check(parseJson(bytes));
  return {
    generation,
    document: {
      secrets: new Map(secrets.map((each, index) => [each.name, decodeSecret(each, index)])),
      revocations: new Map(revocations.map((each) => [each.leaseId, each])),
      envFiles: new Map(envFiles.map((each) => [each.path, each])),
    },
  };
}

function decodeSecret(read: z.output<typeof secret>, index: number): StoredSecret {
  const bytes = read.value === undefined ? undefined : Buffer.from(read.value, 'base64');
  if (bytes?.toString('base64') !== read.value) throw new Error(`is wrong at secrets.${index}.value: no base64`);
  return { ...read, value: bytes && new Uint8Array(bytes), rotateWallMs: read.rotateWallMs };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    // Its message quotes the text, which has the values.
    throw new Error('is no JSON');
  }
}

function check(content: unknown): z.output<typeof stored> {
  const result = stored.safeParse(content);
  if (result.success) return result.data;
  const format = anyFormat.safeParse(content);
  if (format.success && format.data.format !== FORMAT) {
    throw new Error(`has format ${format.data.format}, and this tenured reads format ${FORMAT} only`);
  }
  const [issue] = result.error.issues;
  throw new Error(`is wrong at ${issue?.path.join('.') || 'its root'}: ${issue?.message}`);
}
