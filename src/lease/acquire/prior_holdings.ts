import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import { PriorHolding } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { BoundedMap } from '../bounded_map.js';
import type { End } from '../ending/ending_rules.js';

/** Resources of which the last end is remembered. */
const REMEMBERED = 10_000;

/** How the last lease of each resource ended, for whoever comes next. */
export class PriorHoldings {
  readonly #byResource = new BoundedMap<PriorHolding>(REMEMBERED);

  ended(resource: string, end: End): void {
    const prior = priorOf(end);
    if (prior === PriorHolding.UNSPECIFIED) this.#byResource.delete(resource);
    else this.#byResource.set(resource, prior);
  }

  /** Tells it once. */
  take(resource: string): PriorHolding {
    const prior = this.#byResource.get(resource);
    if (prior === undefined) return PriorHolding.UNSPECIFIED;
    this.#byResource.delete(resource);
    return prior;
  }
}

function priorOf(end: End): PriorHolding {
  switch (end) {
    case LeaseEnd.RELEASED:
    case LeaseEnd.REVOKED:
      return PriorHolding.UNSPECIFIED;
    case LeaseEnd.REPLACED:
      return PriorHolding.REPLACED;
    case LeaseEnd.EXPIRED:
    case LeaseEnd.MAX_HOLD:
      return PriorHolding.EXPIRED;
    case LeaseEnd.PROCESS_GONE:
      return PriorHolding.HOLDER_DEAD;
    case LeaseEnd.OTHER_BOOT:
      return PriorHolding.OTHER_BOOT;
  }
}
