import { Metadata, type StatusObject } from '@grpc/grpc-js';
import { ErrorInfo, Status } from '@tenure/client/gen/google/rpc/status';
import { ProtocolStatus } from './protocol_status.js';
import type { Refusal } from './refusal.js';

const TRAILER = 'grpc-status-details-bin';
const ERROR_INFO_TYPE = 'type.googleapis.com/google.rpc.ErrorInfo';
const DOMAIN = 'tenure';

/** Trailers are bounded on the client's side too; a client that cannot read them learns nothing. */
const MAX_TEXT = 2000;

/** The status that a caller sees, with a google.rpc.ErrorInfo for programs where there is a reason. */
export function toStatus(error: Refusal | ProtocolStatus): StatusObject {
  const code = error.code;
  const details = wellFormed(error.message);
  const metadata = new Metadata();
  if (error instanceof ProtocolStatus) return { code, details, metadata };
  const entries = Object.entries(error.metadata).map(([key, value]): [string, string] => [key, wellFormed(value)]);
  const info = ErrorInfo.encode({ reason: error.reason, domain: DOMAIN, metadata: new Map(entries) }).finish();
  const body = Status.encode({
    code,
    message: details,
    details: [{ typeUrl: ERROR_INFO_TYPE, value: Buffer.from(info) }],
  });
  metadata.set(TRAILER, Buffer.from(body.finish()));
  return { code, details, metadata };
}

/** Half a surrogate pair cannot be encoded for the wire. */
function wellFormed(text: string): string {
  const cut = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
  return Buffer.from(cut, 'utf8').toString('utf8');
}
