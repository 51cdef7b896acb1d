import { z } from 'zod';
import { DEFAULT_CONFIG } from './config.js';
import { agentKeys } from './config_agent_keys.js';
import { absolutePath, choice, id, type KeyNote, name, notes } from './config_keys.js';
import { leaseKeys } from './config_lease_keys.js';
import { auditKeys, secretKeys } from './config_secret_keys.js';
import { sessionKeys } from './config_session_keys.js';
import { taskKeys } from './config_task_keys.js';
import { eventKeys, metricsKeys, telemetryKeys } from './config_telemetry_keys.js';

const logging = z
  .strictObject({
    level: choice(['debug', 'info', 'warn', 'error'], {
      default: DEFAULT_CONFIG.logging.level,
      text: 'The least severe messages that are written to the log.',
    }).optional(),
  })
  .optional();

const socket = absolutePath({
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

/** The configuration file as people write it. Every key may be left out but those without a default. */
export const configSchema = z.strictObject({
  logging,
  socket,
  peers: z.array(peer).max(1_000).optional(),
  leases: leaseKeys,
  secrets: secretKeys,
  sessions: sessionKeys,
  agents: agentKeys,
  tasks: taskKeys,
  audit: auditKeys,
  events: eventKeys,
  telemetry: telemetryKeys,
  metrics: metricsKeys,
});

export type ConfigInput = z.output<typeof configSchema>;

/** What an object, a list or a record leads to, seen through `optional`. */
function inner(schema: unknown): unknown {
  return schema instanceof z.ZodOptional ? inner(schema.unwrap()) : schema;
}

/** The keys that the configuration knows at a place, for hints. */
export function knownKeys(path: readonly PropertyKey[]): readonly string[] {
  let schema: unknown = configSchema;
  for (const step of path) {
    if (schema instanceof z.ZodObject && typeof step === 'string') schema = inner(schema.shape[step]);
    else if (schema instanceof z.ZodArray) schema = inner(schema.element);
    else if (schema instanceof z.ZodRecord) schema = inner(schema.valueType);
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
  if (known instanceof z.ZodRecord) return referenceOf(known.valueType, `${key}.NAME`);
  if (!(known instanceof z.ZodObject)) return [];
  return Object.entries(known.shape).flatMap(([step, part]) => referenceOf(part, key === '' ? step : `${key}.${step}`));
}
