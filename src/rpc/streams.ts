/** The server's side of a stream of answers. */
export interface OutStream<Res> {
  /**
   * Sends a message, or one that is serialized already. False: the client
   * lags behind, wait for drained() before the next one. What is written to
   * a stream that is over is dropped.
   */
  write(message: Res | Buffer): boolean;
  /** Resolves when there is room again, or the stream is over. */
  drained(): Promise<void>;
  /** Messages that wait for the client. */
  readonly buffered: number;
  /** Aborts once the stream is over, for whatever reason. */
  readonly closed: AbortSignal;
}

/** What a client sends on a stream. It can be read once. */
export interface InStream<Req> extends AsyncIterable<Req> {
  /**
   * Calls the listener with each message, at once as it comes in; where it
   * answers a promise, the next message waits for it. Resolves when the
   * client has half-closed or the stream is over; rejects with what the
   * listener throws.
   */
  eachMessage(listener: (message: Req) => undefined | Promise<void>): Promise<void>;
}
