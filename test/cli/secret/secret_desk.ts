import type { TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import {
  type Lease,
  LeaseSecretResponse,
  type Revocation,
  Revocation as RevocationMessage,
  type Secret,
  Secret as SecretMessage,
} from '@tenure/client';
import { FakeDaemon, refusal } from '../../client/fake_daemon.js';
import { World } from '../../e2e/world.js';

const NOTHING = new Uint8Array(0);

/** The command line, and a daemon that answers as a test says. */
export class SecretDesk {
  readonly daemon: FakeDaemon;
  readonly world: World;
  /** Answers of the daemon by method; a string is a refusal's reason. */
  readonly answers: Record<string, object | string | ((request: unknown) => object | string)> = {};

  private constructor(context: TestContext, daemon: FakeDaemon) {
    this.daemon = daemon;
    this.world = new World(context, { env: { TENURE_SOCKET: daemon.socketPath, TENURE_AUTOSTART: '0' } });
    daemon.secrets.run = ({ method, request }, answer) => {
      const given = this.answers[method];
      const answered = typeof given === 'function' ? given(request) : given;
      if (typeof answered === 'object') answer(null, answered);
      else answer(answered === undefined ? { code: status.UNIMPLEMENTED } : refusal(status.NOT_FOUND, answered));
    };
  }

  static async open(context: TestContext): Promise<SecretDesk> {
    return new SecretDesk(context, await FakeDaemon.start(context));
  }

  /** `tenure secret …`, to its end. */
  async run(args: readonly string[], input?: string) {
    return await this.world.run(['secret', ...args], input === undefined ? {} : { input });
  }

  /** The methods that were called. */
  get called(): readonly string[] {
    return this.daemon.secrets.received.map(({ method }) => method);
  }

  /** The last request of a method. */
  requestOf(method: string): unknown {
    return this.daemon.secrets.received.findLast((call) => call.method === method)?.request;
  }
}

export function secret(name: string, fields: Partial<Secret> = {}): Secret {
  return { ...SecretMessage.decode(NOTHING), name, source: 'vault:', version: 1n, ...fields };
}

export function revocation(leaseId: string, name: string, fields: Partial<Revocation> = {}): Revocation {
  return { ...RevocationMessage.decode(NOTHING), leaseId, name, clientId: 'c', ...fields };
}

export function leased(value: Buffer, lease?: Lease): LeaseSecretResponse {
  return { ...LeaseSecretResponse.decode(NOTHING), value, version: 3n, ownerToken: 'tno_1', lease };
}
