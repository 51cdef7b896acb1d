import { constants } from 'node:os';

const STOPPING = ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const;

/** Signals that would end this process, taken for a request to stop instead. */
export interface StopSignals {
  /** Aborted by the first. */
  readonly signal: AbortSignal;
  /** The exit code that the first stands for, 128 + n; undefined: none came. */
  readonly exitCode: number | undefined;
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
    get exitCode() {
      return received === undefined ? undefined : 128 + constants.signals[received];
    },
    close: () => {
      for (const signal of STOPPING) process.off(signal, listener);
    },
  };
}
