import { type ServiceError, status } from '@grpc/grpc-js';
import { locateDaemon } from './discovery.js';
import { type Reason, reasonByName, TenureError } from './errors.js';
import { ErrorInfo, Status } from './gen/google/rpc/status.js';
import { CLIENT_VERSION } from './version.gen.js';

const DETAILS_TRAILER = 'grpc-status-details-bin';
const DOMAIN = 'tenure';

/** A call's failure as the daemon explained it or, where it could not, as the transport saw it. */
export function toTenureError(error: ServiceError): TenureError {
  const info = errorInfo(error);
  if (info === undefined) {
    return new TenureError(reasonOfCode(error.code), transportMessage(error), { code: error.code, cause: error });
  }
  return new TenureError(reasonByName(info.reason), error.details, {
    code: error.code,
    metadata: Object.fromEntries(info.metadata),
  });
}

/**
 * Whether a call failed because the connection or the daemon went away, so
 * that it may be made again. What the daemon refused is no break.
 */
export function isBreak(error: ServiceError): boolean {
  const info = errorInfo(error);
  if (info !== undefined) {
    return isPassing(reasonByName(info.reason));
  }
  switch (error.code) {
    // A killed peer shows as any of these, by what the socket said first; a
    // daemon that lives gives each of its own errors a reason.
    case status.UNAVAILABLE:
    case status.INTERNAL:
    case status.CANCELLED:
    case status.UNKNOWN:
      return true;
    default:
      return false;
  }
}

/** Whether nothing says what became of a call: no answer came, neither good nor bad. */
export function isUnanswered(error: ServiceError): boolean {
  return errorInfo(error) === undefined && (error.code === status.DEADLINE_EXCEEDED || isBreak(error));
}

/** Reasons that a daemon gives on its way out, or in: the next one, or the same one in a moment, will take the request. */
export function isPassing(reason: Reason): boolean {
  switch (reason) {
    case 'SHUTTING_DOWN':
    case 'STORE_FAILED':
    case 'UNREACHABLE':
    case 'RECONCILING':
      return true;
    default:
      return false;
  }
}

function errorInfo(error: ServiceError): ErrorInfo | undefined {
  const [trailer] = error.metadata?.get(DETAILS_TRAILER) ?? [];
  if (!Buffer.isBuffer(trailer)) {
    return undefined;
  }
  try {
    for (const detail of Status.decode(trailer).details) {
      if (detail.typeUrl.endsWith('/google.rpc.ErrorInfo')) {
        const info = ErrorInfo.decode(detail.value);
        if (info.domain === DOMAIN) {
          return info;
        }
      }
    }
  } catch {
    // Details that don't decode explain nothing; the status itself still does.
  }
  return undefined;
}

function reasonOfCode(code: status): Reason {
  switch (code) {
    case status.CANCELLED:
      return 'CANCELLED';
    case status.UNAVAILABLE:
    case status.DEADLINE_EXCEEDED:
      return 'UNREACHABLE';
    case status.INTERNAL:
      return 'INTERNAL';
    default:
      return 'UNSPECIFIED';
  }
}

function transportMessage(error: ServiceError): string {
  switch (error.code) {
    case status.UNAVAILABLE:
      return `the daemon went away (${error.details}); see \`tenure daemon status\``;
    case status.DEADLINE_EXCEEDED:
      return 'the daemon did not answer in time; see `tenure daemon status`';
    case status.UNIMPLEMENTED:
      return unknownThere(error.details);
    default:
      return error.details;
  }
}

/** The daemon is of another version, which its record names. */
function unknownThere(details: string): string {
  const method = /\/[\w.]+\/(\w+)/.exec(details)?.[1] ?? 'what this client asks for';
  const daemon = locateDaemon().record?.version;
  const versions = daemon === undefined ? '' : ` (the daemon is ${daemon}, the client ${CLIENT_VERSION})`;
  return `the daemon does not know ${method}${versions}; restart it with the later version: \`tenure daemon restart\``;
}
