import { HealthCheckRequest } from '@tenure/client/gen/grpc/health/v1/health';

/** A message with one short string, there and back. */
export type EchoMessage = HealthCheckRequest;

export const ECHO_MESSAGE: EchoMessage = { service: 'bench/resource/17' };

const codec = {
  requestSerialize: encode,
  requestDeserialize: decode,
  responseSerialize: encode,
  responseDeserialize: decode,
};

/** The bare service that the daemon is compared with. */
export const ECHO_SERVICE = {
  unary: { path: '/bench.Echo/Unary', requestStream: false, responseStream: false, ...codec },
  bidi: { path: '/bench.Echo/Bidi', requestStream: true, responseStream: true, ...codec },
} as const;

function encode(message: EchoMessage): Buffer {
  return Buffer.from(HealthCheckRequest.encode(message).finish());
}

function decode(bytes: Buffer): EchoMessage {
  return HealthCheckRequest.decode(bytes);
}
