import type { ClientReadableStream } from '@grpc/grpc-js';
import { onAbort } from './on_abort.js';

function heard(): void {
  // The iterator throws errors while it is read. One left early no longer
  // listens when its cancellation shows as an error, which would be uncaught.
}

/**
 * The messages of a server stream, read as fast as they are taken. Ends
 * without an error once the signal fires; throws the ServiceError otherwise.
 */
export async function* readStream<T>(
  call: ClientReadableStream<T>,
  signal: AbortSignal,
): AsyncGenerator<T, void, undefined> {
  const cancel = () => call.cancel();
  call.on('error', heard);
  const stopListening = onAbort(signal, cancel);
  if (signal.aborted) {
    cancel();
  }
  try {
    const messages: AsyncIterable<T> = call;
    yield* messages;
  } catch (error) {
    if (!signal.aborted) {
      throw error;
    }
  } finally {
    stopListening();
    call.cancel();
  }
}
