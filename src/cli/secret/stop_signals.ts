const STOPPING = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** Signals that would end this process, taken for a request to stop instead. */
export interface StopSignals {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** The first; undefined: none came. */
  readonly received: NodeJS.Signals | undefined;
  /** They end the process again, as ever. */
  close(): void;
}

export function takeStopSignals(): StopSignals {
  const controller = new AbortController();
  let received: NodeJS.Signals | undefined;
  const listener = (signal: NodeJS.Signals): void => {
    received ??= signal;
    controller.abort();
  };
  for (const signal of STOPPING) process.on(signal, listener);
  return {
    signal: controller.signal,
    get received() {
      return received;
    },
    close: () => {
      for (const signal of STOPPING) process.off(signal, listener);
    },
  };
}
