import { once } from 'node:events';
import { type ClientHttp2Stream, connect } from 'node:http2';
import { createConnection } from 'node:net';
import type { TestContext } from 'node:test';
import {
  LeaseServiceService,
  WatchLeasesRequest,
  WatchLeasesResponse,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';

/**
 * A watch that reads nothing until it is resumed. Not one of grpc-js: until
 * its first read it takes in all that comes.
 */
export function unreadWatch(t: TestContext, path: string): ClientHttp2Stream {
  const session = connect('http://localhost', { createConnection: () => createConnection(path) });
  t.after(() => session.destroy());
  const stream = session.request({
    ':method': 'POST',
    ':path': LeaseServiceService.watchLeases.path,
    'content-type': 'application/grpc',
    te: 'trailers',
  });
  const request = Buffer.from(WatchLeasesRequest.encode({ filter: undefined, afterRevision: 0n }).finish());
  stream.end(Buffer.concat([Buffer.from([0, 0, 0, 0, request.length]), request]));
  return stream.pause();
}

/** Revisions of the changes in all that a watch has brought, and its status. */
export async function readOut(stream: ClientHttp2Stream): Promise<{ status: unknown; revisions: number[] }> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk)).resume();
  const [trailers] = await once(stream, 'trailers', { signal: AbortSignal.timeout(60_000) });
  const bytes = Buffer.concat(chunks);
  const revisions: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = at + 5 + bytes.readUInt32BE(at + 1);
    for (const { lease, revision } of WatchLeasesResponse.decode(bytes.subarray(at + 5, end)).events) {
      if (lease !== undefined) revisions.push(Number(revision));
    }
    at = end;
  }
  return { status: Number(trailers['grpc-status']), revisions };
}
