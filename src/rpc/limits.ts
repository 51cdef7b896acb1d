/** What one peer may cost. */
export interface RpcLimits {
  readonly maxConnections: number;
  /** A connection that has not said by then that it speaks HTTP/2 is closed. */
  readonly prefaceTimeoutMs: number;
  /** How often to look for connections whose peer is gone though HTTP/2 has not noticed. */
  readonly sweepIntervalMs: number;
  /** Of one connection; a client's further calls wait on its side. */
  readonly maxConcurrentStreams: number;
  readonly maxMessageBytes: number;
  /** All keys and values of a call's metadata. */
  readonly maxMetadataBytes: number;
  /** Messages that a stream may hold back for a client that does not read. */
  readonly maxBufferedMessages: number;
}

export const DEFAULT_LIMITS: RpcLimits = {
  maxConnections: 4096,
  prefaceTimeoutMs: 10_000,
  sweepIntervalMs: 5000,
  maxConcurrentStreams: 1000,
  maxMessageBytes: 1024 * 1024,
  maxMetadataBytes: 16 * 1024,
  maxBufferedMessages: 4096,
};
