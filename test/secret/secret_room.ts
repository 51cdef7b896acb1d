import type { TestContext } from 'node:test';
import {
  LeaseSecretRequest,
  type LeaseSecretResponse,
  ListSecretsRequest,
  type ListSecretsResponse,
  PutSecretRequest,
} from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { secretLeases } from '../../src/daemon/secret_leases.js';
import type { CallContext } from '../../src/rpc/context.js';
import { createSecrets, type SecretSettings, type Secrets } from '../../src/secret/create_secrets.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { contextOf, POLICY, Room, type RoomOptions } from '../lease/room.js';
import { MemoryVault } from './vault/memory_vault.js';

type Fields<T> = { [Key in keyof T]?: T[Key] };

export interface SecretRoomOptions {
  readonly lease?: RoomOptions;
  readonly environment?: NodeJS.ProcessEnv;
  readonly settings?: Partial<SecretSettings>;
}

/** As the daemon's configuration ends with. */
const SECRET_POLICY = { ...POLICY, pattern: 'secret/**', defaultTtlMs: 3_600_000 };

/** The secret room over the real lease room, with a vault in memory, asked without a network. */
export class SecretRoom {
  readonly leases: Room;
  readonly vault: MemoryVault;
  readonly secrets: Secrets;
  /** Of both rooms, in their order. */
  readonly events: TenureEvent[];

  private constructor(leases: Room, vault: MemoryVault, secrets: Secrets) {
    this.leases = leases;
    this.vault = vault;
    this.secrets = secrets;
    this.events = leases.events;
  }

  static async open(test: TestContext, options: SecretRoomOptions = {}): Promise<SecretRoom> {
    const leases = await Room.open(test, { policies: [SECRET_POLICY], ...options.lease });
    const vault = new MemoryVault();
    await vault.init();
    const secrets = createSecrets({
      vault,
      leases: secretLeases(leases.leases.inner('secret')),
      setRoomAside: () => () => undefined,
      pulledFile: { read: () => undefined, write: () => undefined, remove: () => undefined },
      settings: {
        envFile: undefined,
        sourceTimeoutMs: 30_000,
        commandTimeoutMs: 30_000,
        heartbeat: undefined,
        ...options.settings,
      },
      environment: { PATH: process.env['PATH'], ...options.environment },
      home: '/nonexistent',
      ownUid: process.getuid?.() ?? 0,
      wallMs: Date.now,
      chance: () => 0.5,
      events: { emit: (event) => void leases.events.push(event) },
      onTightened: () => undefined,
    });
    await secrets.start();
    test.after(() => secrets.close());
    return new SecretRoom(leases, vault, secrets);
  }

  async put(name: string, content: PutSecretRequest['content'], hooks: Fields<Commands> = {}): Promise<void> {
    const commands = { rotate: '', onRotate: '', onRevoke: '', onDelete: '', ...hooks };
    await this.secrets.handlers.putSecret.run(
      { ...PutSecretRequest.decode(new Uint8Array()), name, content, commands },
      contextOf(process.pid),
    );
  }

  async putValue(name: string, value: string, hooks: Fields<Commands> = {}): Promise<void> {
    await this.put(name, { $case: 'value', value: Buffer.from(value) }, hooks);
  }

  async lease(
    name: string,
    fields: Fields<LeaseSecretRequest> = {},
    context: CallContext = contextOf(process.pid),
  ): Promise<LeaseSecretResponse> {
    return this.secrets.handlers.leaseSecret.run(
      { ...LeaseSecretRequest.decode(new Uint8Array()), name, ...fields },
      context,
    );
  }

  async list(fields: Fields<ListSecretsRequest> = {}): Promise<ListSecretsResponse> {
    return this.secrets.handlers.listSecrets.run(
      { ...ListSecretsRequest.decode(new Uint8Array()), ...fields },
      contextOf(process.pid),
    );
  }

  /** Actions and their success, in order, of the events that match. */
  told(pattern: RegExp): readonly string[] {
    return this.events
      .filter(({ action }) => pattern.test(action))
      .map(({ action, success }) => (success ? action : `${action} failed`));
  }
}

type Commands = NonNullable<PutSecretRequest['commands']>;
