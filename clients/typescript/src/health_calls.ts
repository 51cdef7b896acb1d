import type { Health } from './client.js';
import type { SingleCalls } from './single_calls.js';

/** See `Client.health`. */
export function healthCalls(calls: SingleCalls): Health {
  return {
    getStatus(options) {
      return calls.repeated(({ health }, ...rest) => health.getStatus({}, ...rest), options);
    },
  };
}
