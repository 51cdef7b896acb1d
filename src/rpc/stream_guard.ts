import { EventEmitter } from 'node:events';
import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from 'node:http2';
import type { Server as GrpcServer } from '@grpc/grpc-js';
import type { RpcLog } from './log.js';

/**
 * Keeps what happens to one request from ending the daemon. grpc-js answers
 * requests for unknown methods and of wrong content types straight from the
 * event of HTTP/2; where the client has reset the stream by then, that
 * throws, and nobody would catch it.
 */
export function guardStreams(grpc: GrpcServer, log: RpcLog): void {
  const http2 = http2ServerOf(grpc);
  const serving = http2.listeners('stream');
  http2.removeAllListeners('stream');
  http2.on('stream', (stream: ServerHttp2Stream, headers: IncomingHttpHeaders) => {
    if (stream.destroyed || stream.closed) {
      // It may still tell why; the client knows.
      stream.on('error', (error) => log.debug({ err: error }, 'a request was reset at once'));
      return;
    }
    try {
      for (const listener of serving) Reflect.apply(listener, http2, [stream, headers]);
    } catch (error) {
      log.error({ path: headers[':path'], err: error }, 'a request could not be served');
      stream.close(constants.NGHTTP2_INTERNAL_ERROR);
    }
  });
}

/** grpc-js offers no way to it; its version is pinned, and a test would see the difference. */
function http2ServerOf(grpc: GrpcServer): EventEmitter {
  const servers: unknown = Reflect.get(grpc, 'http2Servers');
  const [server] = servers instanceof Map ? servers.keys() : [];
  if (server instanceof EventEmitter && server.listenerCount('stream') > 0) return server;
  throw new Error('this version of grpc-js keeps its HTTP/2 server elsewhere; adapt the guard to it');
}
