import { invalid } from '../../rpc/request_checks.js';
import type { SessionAdapter } from '../adapter.js';
import type { Podman } from './podman.js';

/** Sessions of configured agents, in containers: all that there are were launched here. */
export function podmanAdapter(podman: Pick<Podman, 'isThere'>): SessionAdapter {
  return {
    name: 'podman',
    available: () => Promise.resolve(podman.isThere()),
    discover: () => Promise.resolve([]),
    plan: () => {
      throw invalid('adapter', 'podman launches configured agents alone; name one by agent (--agent)');
    },
    planResume: undefined,
    resultOf: () => undefined,
    remote: undefined,
  };
}
