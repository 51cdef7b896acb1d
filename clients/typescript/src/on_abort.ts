import { setMaxListeners } from 'node:events';

/** Listens until the signal fires, once, or until what it returns is called. A signal that has fired already calls nothing. */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (signal === undefined) {
    return nothing;
  }
  // One signal may end any number of calls; each takes its listener off itself.
  setMaxListeners(0, signal);
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}

function nothing(): void {
  // There is no listener to take off.
}
