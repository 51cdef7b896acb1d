/** Shell commands of a secret; an empty one is none. */
export interface SecretHooks {
  readonly rotate: string;
  readonly onRotate: string;
  readonly onRevoke: string;
  readonly onDelete: string;
}

/** A secret as the vault keeps it. Never changed in place. */
export interface StoredSecret {
  readonly name: string;
  /** `vault:` for one whose value is here; else as `source_rules.ts` reads it. */
  readonly source: string;
  /** Set exactly where the source is `vault:`. */
  readonly value: Uint8Array | undefined;
  /** Rises by one with each new value or source, from 1. */
  readonly version: number;
  readonly createWallMs: number;
  readonly updateWallMs: number;
  /** Undefined: never rotated. */
  readonly rotateWallMs: number | undefined;
  readonly hooks: SecretHooks;
}

/** An `on_revoke` command that has not succeeded yet. */
export interface StoredRevocation {
  readonly leaseId: string;
  readonly name: string;
  readonly clientId: string;
  /** Kept here, for the secret may be deleted meanwhile. */
  readonly command: string;
  readonly revokeWallMs: number;
  /** Failed tries. */
  readonly attempts: number;
  readonly nextAttemptWallMs: number;
  /** Empty before the first failure; never a value. */
  readonly lastFailure: string;
}

/** A file of environment variables that goes when one of its leases ends. */
export interface StoredEnvFile {
  /** Absolute. */
  readonly path: string;
  /** Its first line. */
  readonly marker: string;
  readonly leaseIds: readonly string[];
}

/** All that the vault holds, at one moment. Never changed in place. */
export interface VaultDocument {
  /** By name. */
  readonly secrets: ReadonlyMap<string, StoredSecret>;
  /** By lease id. */
  readonly revocations: ReadonlyMap<string, StoredRevocation>;
  /** By path. */
  readonly envFiles: ReadonlyMap<string, StoredEnvFile>;
}

export const EMPTY_DOCUMENT: VaultDocument = { secrets: new Map(), revocations: new Map(), envFiles: new Map() };
