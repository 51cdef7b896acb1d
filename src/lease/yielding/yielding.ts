import type { YieldRequest } from '@tenure/client/gen/tenure/lease/v1/lease';
import type {
  RequestYieldRequest,
  RequestYieldResponse,
  YieldAsked,
} from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { actorOf } from '../../rpc/actor.js';
import type { Peer } from '../../rpc/context.js';
import { timestampOfMs } from '../../rpc/durations.js';
import { Refusal } from '../../rpc/refusal.js';
import { checkText, invalid } from '../../rpc/request_checks.js';
import { checkResource, MAX_TEXT_BYTES } from '../acquire/acquire_command.js';
import { withCurrentCommands } from '../current_commands.js';
import { yieldEvent } from '../lease_events.js';
import { holderMessage } from '../lease_message.js';
import type { LeaseParts } from '../lease_parts.js';
import type { LeaseRecord } from '../ledger/record.js';

type Parts = Pick<LeaseParts, 'table' | 'yields' | 'clock' | 'events' | 'messageOf'>;

/** Asks holders to give their leases back. Nothing ends by it, and nothing is written. */
export function requestYield(parts: Parts, request: RequestYieldRequest, peer: Peer): RequestYieldResponse {
  checkText('reason', request.reason, MAX_TEXT_BYTES);
  const leases = targetsOf(parts, request.target);
  for (const lease of leases) checkMayAsk(lease, peer);
  return { asked: leases.map((lease) => ask(parts, lease, request.reason, peer)) };
}

function targetsOf({ table }: Parts, target: RequestYieldRequest['target']): readonly LeaseRecord[] {
  switch (target?.$case) {
    case 'leaseId': {
      const lease = table.get(target.value);
      if (lease === undefined) throw new Refusal('LEASE_NOT_FOUND', `there is no lease ${target.value}`);
      if (lease.draining !== undefined) {
        throw new Refusal('LEASE_ENDED', `lease ${lease.leaseId} has ended; what ran under it is being left`);
      }
      return [lease];
    }
    case 'resource':
      checkResource(target.value);
      return table.onResource(target.value).filter(({ draining }) => draining === undefined);
    case undefined:
      throw invalid('target', 'is not set; name a lease or a resource');
  }
}

function checkMayAsk(lease: LeaseRecord, peer: Peer): void {
  if (peer.role === 'operator' || [lease.askerUid, lease.holder.uid].includes(peer.uid)) return;
  throw new Refusal('ROLE_DENIED', `lease ${lease.leaseId} is another user's; an operator may ask for it`, {
    role: peer.role,
    required: 'operator',
  });
}

function ask(parts: Parts, lease: LeaseRecord, reason: string, peer: Peer): YieldAsked {
  const request: YieldRequest = {
    leaseId: lease.leaseId,
    resource: lease.resource,
    reason,
    requester: holderMessage(peer),
    requestTime: timestampOfMs(parts.clock.wallMs()),
  };
  const told = parts.yields.ask(lease, request);
  parts.events.emit(yieldEvent(lease, reason, told, actorOf(peer)));
  return { lease: { ...withCurrentCommands(parts.messageOf(lease)), yieldRequest: request }, told };
}
