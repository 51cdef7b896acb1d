import { AttachRole, Handover, LeaseEnd, LeaseLiveness, LeaseMode } from '@tenure/client/gen/tenure/lease/v1/lease';
import { z } from 'zod';
import type { LeaseRecord } from './record.js';

/** Raised with every change that an older daemon could not read. */
const FORMAT = 1;

/** When a TTL lease ends, on the two clocks that can tell after a restart. */
export interface StoredDeadline {
  readonly wallMs: number;
  readonly boottimeMs: number;
  readonly bootId: string;
  /** The TTL that was given last. Unset in records of before it was kept: the lease's own. */
  readonly ttlMs?: number | undefined;
}

export interface StoredLease {
  readonly lease: LeaseRecord;
  /** Of TTL leases. */
  readonly deadline: StoredDeadline | undefined;
}

const handover = z.literal([Handover.GRANT, Handover.WAIT, Handover.TERMINATE]);
const process = z.object({ pid: z.int(), startTicks: z.int() });

const stored = z.object({
  format: z.literal(FORMAT),
  deadline: z
    .object({ wallMs: z.number(), boottimeMs: z.number(), bootId: z.string(), ttlMs: z.number().optional() })
    .optional(),
  lease: z.object({
    leaseId: z.string(),
    resource: z.string(),
    clientId: z.string(),
    clientIdDefaulted: z.boolean(),
    askerUid: z.int(),
    mode: z.literal([LeaseMode.EXCLUSIVE, LeaseMode.SHARED]),
    capacity: z.int(),
    liveness: z.literal([LeaseLiveness.HOLD, LeaseLiveness.PROCESS, LeaseLiveness.TTL]),
    fencingToken: z.int(),
    revision: z.int(),
    holder: z.object({
      host: z.string(),
      bootId: z.string(),
      process: process.optional(),
      uid: z.int(),
      executable: z.string(),
      script: z.string(),
      cwd: z.string(),
    }),
    attached: z.array(
      process.extend({
        role: z.literal([AttachRole.HOLDER, AttachRole.COMMAND, AttachRole.INHERITOR]),
        command: z.string(),
      }),
    ),
    reason: z.string(),
    metadata: z.record(z.string(), z.string()),
    acquireWallMs: z.number(),
    acquireBoottimeMs: z.number(),
    // Unset in records of before it was kept.
    waitedMs: z.number().default(0),
    ttlMs: z.number(),
    maxHoldMs: z.number(),
    handover,
    draining: z
      .object({
        end: z.literal([
          LeaseEnd.RELEASED,
          LeaseEnd.REVOKED,
          LeaseEnd.REPLACED,
          LeaseEnd.EXPIRED,
          LeaseEnd.MAX_HOLD,
          LeaseEnd.PROCESS_GONE,
          LeaseEnd.OTHER_BOOT,
        ]),
        handover,
      })
      .optional(),
    requestId: z.string(),
    supersedes: z.array(z.string()),
    durability: z.literal(['boot', 'durable']),
  }),
});

export function encodeLease({ lease, deadline }: StoredLease): Uint8Array {
  return Buffer.from(JSON.stringify({ format: FORMAT, deadline, lease }));
}

/** Throws on what no daemon of this format wrote. */
export function decodeLease(bytes: Uint8Array): StoredLease {
  const { lease, deadline } = stored.parse(JSON.parse(Buffer.from(bytes).toString()));
  return {
    deadline,
    lease: {
      ...lease,
      holder: { ...lease.holder, process: lease.holder.process },
      draining: lease.draining,
    },
  };
}
