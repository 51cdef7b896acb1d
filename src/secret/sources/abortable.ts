import { setMaxListeners } from 'node:events';

/** Waits for what is on its way, but no longer than until the signal; then rejects with its reason. */
export function abortable<T>(result: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return result;
  // Any number may wait on one signal, such as that of a closing daemon: all leave it again.
  setMaxListeners(0, signal);
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort);
    void result.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
