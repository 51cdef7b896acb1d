import type { Facts } from '../facts.js';
import { type Check, type Finding, fault, note, ok, warning } from '../finding.js';

export const storeCheck: Check = {
  id: 'store',
  looksAt: 'the store: every page of its files while no daemon runs, else what the daemon says of it',
  examine(facts) {
    if (facts.running !== undefined) return runningFindings(facts);
    const { examination } = facts;
    if (typeof examination === 'string') return [note('not looked at')];
    if (examination.store.length === 0) return [ok('made by the first start')];
    return examination.store.map(({ folder, records, fault: damage }) =>
      damage === ''
        ? ok(`${folder} is whole, ${records === 1 ? '1 lease' : `${records ?? 0} leases`}`)
        : fault(damage, `make a copy of ${folder} before anything else: nothing has changed it`),
    );
  },
};

function runningFindings({ status }: Facts): readonly Finding[] {
  const store = status?.store;
  if (store === undefined) return [note('the daemon that has it open does not answer')];
  if (!store.writable) {
    return [
      warning(
        'the store takes no new leases',
        'make room on the disk of the state folder; releasing and revoking still work',
      ),
    ];
  }
  return [ok(`${store.kind}, revision ${store.revision}, takes leases; stop the daemon to have its files read`)];
}
