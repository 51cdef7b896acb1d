import type { status } from '@grpc/grpc-js';

/** A status that somebody else's protocol prescribes, such as NOT_FOUND of grpc.health.v1. It carries no reason. */
export class ProtocolStatus extends Error {
  override readonly name = 'ProtocolStatus';
  readonly code: status;

  constructor(code: status, message: string) {
    super(message);
    this.code = code;
  }
}
