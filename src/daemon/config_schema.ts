import { z } from 'zod';
import { DEFAULT_CONFIG } from './config.js';
import { DURATION_EXAMPLES, formatDuration, parseDuration } from './duration.js';

/** What the documentation says of a key. */
interface KeyNote {
  readonly type: string;
  /** As one would write it; empty where the key must be given. */
  readonly default: string;
  readonly text: string;
}

const notes = z.registry<KeyNote>();

const MAX_DURATION_MS = 366 * 86_400_000;
const MAX_COUNT = 10_000_000;
/** A resource's name is no longer. */
const MAX_PATTERN_BYTES = 1_024;

/** A duration within bounds, in milliseconds. */
function duration(minMs: number, note: Omit<KeyNote, 'type'>) {
  const schema = z.unknown().transform((value, context): number => {
    const milliseconds = parseDuration(value);
    if (milliseconds === undefined) {
      context.addIssue({ code: 'custom', message: `expected ${DURATION_EXAMPLES}` });
      return z.NEVER;
    }
    if (milliseconds < minMs || milliseconds > MAX_DURATION_MS) {
      const range = `from ${formatDuration(minMs)} to ${formatDuration(MAX_DURATION_MS)}`;
      context.addIssue({ code: 'custom', message: `expected a duration ${range}` });
      return z.NEVER;
    }
    return milliseconds;
  });
  return schema.register(notes, { type: 'duration', ...note }).optional();
}

function count(min: number, max: number, note: Omit<KeyNote, 'type'>) {
  return z
    .int()
    .min(min)
    .max(max)
    .register(notes, { type: 'whole number', ...note })
    .optional();
}

function choice<const Values extends readonly [string, ...string[]]>(values: Values, note: Omit<KeyNote, 'type'>) {
  return z.enum(values).register(notes, { type: values.join(', '), ...note });
}

function id(text: string) {
  return z.int().min(0).max(0xffff_fffe).register(notes, { type: 'whole number', default: '', text }).optional();
}

function name(text: string) {
  return z.string().min(1).max(256).register(notes, { type: 'name', default: '', text }).optional();
}

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

const absolutePath = z.string().startsWith('/').register(notes, {
  type: 'absolute path',
  default: '$XDG_RUNTIME_DIR/tenure/tenure.sock, else tenure.sock in the state folder',
  text: 'Path of the socket, at most 107 bytes, in a folder where only you may write. TENURE_SOCKET comes first.',
});

const peer = z.strictObject({
  uid: id('A user, by number. Give one of uid, user, gid and group.'),
  user: name('A user, by name.'),
  gid: id('All whose own (primary) group it is, by number.'),
  group: name('All whose own (primary) group it is, by name.'),
  role: choice(['viewer', 'client', 'operator'], {
    default: '',
    text: 'What the peer may do: a viewer reads, a client also takes leases, an operator does all.',
  }),
});

const handover = choice(['grant', 'wait', 'terminate'], {
  default: 'grant',
  text:
    'What a lease that ends does about its processes that still run, where it does not say so itself: the next one ' +
    'enters at once, waits for them, or they are ended first.',
});

const policy = z.strictObject({
  pattern,
  defaultTtl: duration(100, { default: 'leases.defaultTtl', text: 'TTL of a lease that asks for none.' }),
  maxTtl: duration(100, { default: 'leases.maxTtl', text: 'Longest TTL that a lease may ask for.' }),
  capacity: count(1, 10_000, {
    default: 'what the first live request says, else 1',
    text: 'How many EXCLUSIVE leases may hold the resource at once.',
  }),
  handover: handover.optional(),
  maxHold: duration(100, {
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

/** The configuration file as people write it. Every key may be left out but those without a default. */
export const configSchema = z.strictObject({
  logging: z
    .strictObject({
      level: choice(['debug', 'info', 'warn', 'error'], {
        default: DEFAULT_CONFIG.logging.level,
        text: 'The least severe messages that are written to the log.',
      }).optional(),
    })
    .optional(),
  socket: absolutePath.optional(),
  peers: z.array(peer).max(1_000).optional(),
  leases: z
    .strictObject({
      defaultTtl: duration(100, {
        default: formatDuration(leases.defaultTtlMs),
        text: 'TTL of a lease that asks for none.',
      }),
      maxTtl: duration(100, {
        default: formatDuration(leases.maxTtlMs),
        text: 'Longest TTL that a lease may ask for.',
      }),
      terminateGrace: duration(0, {
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
    .optional(),
  events: z
    .strictObject({
      exec: z
        .union([z.enum(['on', 'off']), z.array(z.string().min(1)).min(1)], {
          error: 'expected on, off, or a command as a list such as [joelclaw, otel, emit]',
        })
        .register(notes, {
          type: 'on, off, or a list: a command and its arguments',
          default: 'on',
          text: 'Command that gets events. `on`: `joelclaw otel emit`, where joelclaw is on PATH.',
        })
        .optional(),
    })
    .optional(),
});

export type ConfigInput = z.output<typeof configSchema>;

/** The parts that an object or a list leads to, seen through `optional`. */
function inner(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? inner(schema.unwrap()) : schema;
}

/** The keys that the configuration knows at a place, for hints. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configSchema;
  for (const step of path) {
    if (schema instanceof z.ZodObject && typeof step === 'string') schema = inner(schema.shape[step]);
    else if (schema instanceof z.ZodArray) schema = inner(schema.element);
    else return [];
  }
  return schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
}

export interface KeyReference extends KeyNote {
  /** Such as `leases.policies[].maxTtl`. */
  readonly key: string;
}

/** Every key of the configuration, in order, for the documentation. */
export function configReference(): readonly KeyReference[] {
  return referenceOf(configSchema, '');
}

function referenceOf(schema: unknown, key: string): readonly KeyReference[] {
  const known = inner(schema);
  if (!(known instanceof z.ZodType)) return [];
  const note = notes.get(known);
  if (note !== undefined) return [{ key, ...note }];
  if (known instanceof z.ZodArray) return referenceOf(known.element, `${key}[]`);
  if (!(known instanceof z.ZodObject)) return [];
  return Object.entries(known.shape).flatMap(([step, part]) => referenceOf(part, key === '' ? step : `${key}.${step}`));
}
