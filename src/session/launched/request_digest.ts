import { createHash } from 'node:crypto';
import { LaunchSessionRequest, ResumeSessionRequest } from '@tenure/client/gen/tenure/session/v1/session_service';

/** What the caller runs in, which a retry may have anew; the daemon keeps nothing of it, nor a digest. */
const SURROUNDINGS = { environment: new Map<string, string>(), inheritTokens: [] };

/** Tells what was asked by one request id from anything else asked by it; empty where there is no id. */
export function launchDigest(request: LaunchSessionRequest): string {
  if (request.requestId === '') return '';
  // Clients send a map in whatever order they like, another one each time.
  const labels = new Map([...request.labels].sort(([one], [other]) => (one < other ? -1 : 1)));
  return digestOf('launch', LaunchSessionRequest.encode({ ...request, ...SURROUNDINGS, labels }).finish());
}

/** The same of a resumption. */
export function resumeDigest(request: ResumeSessionRequest): string {
  if (request.requestId === '') return '';
  return digestOf('resume', ResumeSessionRequest.encode({ ...request, ...SURROUNDINGS }).finish());
}

function digestOf(call: 'launch' | 'resume', asked: Uint8Array): string {
  return createHash('sha256').update(call).update(asked).digest('base64url');
}
