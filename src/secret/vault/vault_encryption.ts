/** Imported where there is a vault only: it costs 150 ms and 15 MB. */
async function age(): Promise<typeof import('age-encryption')> {
  return import('age-encryption');
}

const IDENTITY = /^AGE-SECRET-KEY-1[0-9A-Z]+$/;

export interface NewIdentity {
  readonly identity: string;
  readonly recipient: string;
}

/** A new X25519 key: what can read a vault, and what can write it. */
export async function makeIdentity(): Promise<NewIdentity> {
  const { generateX25519Identity, identityToRecipient } = await age();
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** The key in an identity file, such as `age-keygen` writes too; undefined where it holds not exactly one. */
export function findIdentity(text: string): string | undefined {
  const lines = text.split(/\r?\n/).filter((line) => line !== '' && !line.startsWith('#'));
  const [identity = ''] = lines;
  return lines.length === 1 && IDENTITY.test(identity) ? identity : undefined;
}

/** Undefined where the identity is damaged. */
export async function recipientOf(identity: string): Promise<string | undefined> {
  const { identityToRecipient } = await age();
  try {
    return await identityToRecipient(identity);
  } catch {
    // Its message quotes the identity.
    return undefined;
  }
}

/** To an age file in binary form. */
export async function encryptFor(recipient: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { Encrypter } = await age();
  const encrypter = new Encrypter();
  encrypter.addRecipient(recipient);
  return encrypter.encrypt(bytes);
}

/** Rejects unless every byte is as it was written, for this identity. */
export async function decryptWith(identity: string, bytes: Uint8Array): Promise<Uint8Array> {
  const { Decrypter } = await age();
  const decrypter = new Decrypter();
  decrypter.addIdentity(identity);
  return decrypter.decrypt(bytes);
}
