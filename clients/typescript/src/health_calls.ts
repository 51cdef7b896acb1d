import type { Health } from './client.js';
import type { SingleCalls } from './single_calls.js';

/** Time for looking up the users and groups that a configuration names, in milliseconds. */
const RELOAD_MS = 10_000;

/** See `Client.health`. */
export function healthCalls(calls: SingleCalls): Health {
  return {
    getStatus(options) {
      return calls.repeated(({ health }, ...rest) => health.getStatus({}, ...rest), options);
    },
    reloadConfig(options) {
      return calls.working(({ health }, ...rest) => health.reloadConfig({}, ...rest), options, RELOAD_MS);
    },
  };
}
