import { invalid } from '../rpc/request_checks.js';
import type { SessionAdapter } from './adapter.js';

/** Any command: known by what the daemon launched, found nowhere else. A prompt is what it reads. */
export function processAdapter(): SessionAdapter {
  return {
    name: 'process',
    available: () => Promise.resolve(true),
    discover: () => Promise.resolve([]),
    plan: ({ args, prompt, model }) => {
      const [command, ...rest] = args;
      if (command === undefined || command === '') throw invalid('command', 'is empty; say what to run');
      if (model !== '') throw invalid('model', 'does not go with a command; give it among the arguments');
      return { argv: [command, ...rest], environment: {}, input: prompt === '' ? undefined : prompt };
    },
    planResume: undefined,
    resultOf: () => undefined,
    remote: undefined,
  };
}
