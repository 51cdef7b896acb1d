import { LeaseState } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { LeaseFilter } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import fc from 'fast-check';
import type { Happening } from '../lease_world.js';

export const filters: fc.Arbitrary<LeaseFilter> = fc.record({
  resourcePrefix: fc.constantFrom('', '', 'dir', 'dir/home', 'gpu', 'nowhere'),
  clientId: fc.constantFrom('', '', '', 'night', 'nightly'),
  states: fc.uniqueArray(fc.constantFrom(LeaseState.ACTIVE, LeaseState.DRAINING, LeaseState.ENDED), { maxLength: 3 }),
});

export const happening: fc.Arbitrary<Happening> = fc.record({
  pick: fc.nat({ max: 59 }),
  kind: fc.constantFrom('acquire', 'acquire', 'end', 'end to drain', 'drained', 'touch', 'nothing'),
});

export function happenings(minLength: number, maxLength: number): fc.Arbitrary<Happening[]> {
  return fc.array(happening, { minLength, maxLength });
}
