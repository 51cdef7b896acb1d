import { z } from 'zod';
import { DEFAULT_CONFIG } from './config.js';
import { choice, count, duration, notes, YEAR_MS } from './config_keys.js';
import { formatDuration } from './duration.js';

const MAX_COUNT = 10_000_000;
/** A resource's name is no longer. */
const MAX_PATTERN_BYTES = 1_024;

/** Fault of a pattern, in words that follow the pattern; undefined where there is none. */
export function patternFault(pattern: string): string | undefined {
  if (Buffer.byteLength(pattern) > MAX_PATTERN_BYTES) return `expected at most ${MAX_PATTERN_BYTES} bytes`;
  const segments = pattern.split('/');
  if (segments.includes('')) return 'expected segments between single slashes, such as dir/*/repo';
  if (segments.slice(0, -1).includes('**')) return 'expected ** at the end only';
  if (segments.some((segment) => segment.includes('*') && segment !== '*' && segment !== '**')) {
    return 'expected * to stand for a whole segment';
  }
  return undefined;
}

const pattern = z
  .string()
  .superRefine((value, context) => {
    const fault = patternFault(value);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  })
  .register(notes, {
    type: 'pattern',
    default: '',
    text: 'Resources that the policy is for: `*` stands for one segment, `**` at the end for all that follows.',
  });

const handover = choice(['grant', 'wait', 'terminate'], {
  default: 'grant',
  text:
    'What a lease that ends does about its processes that still run, where it does not say so itself: the next one ' +
    'enters at once, waits for them, or they are ended first.',
});

const policy = z.strictObject({
  pattern,
  defaultTtl: duration(100, YEAR_MS, { default: 'leases.defaultTtl', text: 'TTL of a lease that asks for none.' }),
  maxTtl: duration(100, YEAR_MS, { default: 'leases.maxTtl', text: 'Longest TTL that a lease may ask for.' }),
  capacity: count(1, 10_000, {
    default: 'what the first live request says, else 1',
    text: 'How many EXCLUSIVE leases may hold the resource at once.',
  }),
  handover: handover.optional(),
  maxHold: duration(100, YEAR_MS, {
    default: 'no limit',
    text: 'Longest time that a lease may be held, renewed or not; also for leases that ask for none.',
  }),
  allow: z
    .array(z.union([z.int().min(0), z.string().min(1)], { error: 'expected a uid or the name of a user' }))
    .min(1)
    .register(notes, {
      type: 'list of uids and user names',
      default: 'everybody who may take leases',
      text: 'Who may acquire the resource.',
    })
    .optional(),
});

const leases = DEFAULT_CONFIG.leases;

/** The group `leases`. */
export const leaseKeys = z
  .strictObject({
    defaultTtl: duration(100, YEAR_MS, {
      default: formatDuration(leases.defaultTtlMs),
      text: 'TTL of a lease that asks for none.',
    }),
    maxTtl: duration(100, YEAR_MS, {
      default: formatDuration(leases.maxTtlMs),
      text: 'Longest TTL that a lease may ask for.',
    }),
    terminateGrace: duration(0, YEAR_MS, {
      default: formatDuration(leases.terminateGraceMs),
      text: 'Pause between TERM and KILL where a lease ends its processes.',
    }),
    history: z
      .strictObject({
        events: count(100, MAX_COUNT, {
          default: String(leases.history.events),
          text: 'Changes kept for watchers that come back. Older ones make them take a new snapshot.',
        }),
        bytes: count(65_536, 1_073_741_824, {
          default: String(leases.history.bytes),
          text: 'Bytes that these changes may take.',
        }),
      })
      .optional(),
    limits: z
      .strictObject({
        leases: count(1, MAX_COUNT, { default: String(leases.limits.leases), text: 'Leases at one time.' }),
        waiters: count(0, MAX_COUNT, { default: String(leases.limits.waiters), text: 'Queued acquires.' }),
        watchers: count(0, MAX_COUNT, { default: String(leases.limits.watchers), text: 'Open watches.' }),
        connections: count(1, 1_000_000, {
          default: String(leases.limits.connections),
          text: 'Open connections.',
        }),
      })
      .optional(),
    policies: z.array(policy).max(10_000).optional(),
  })
  .optional();
