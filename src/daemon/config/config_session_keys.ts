import { z } from 'zod';
import { DEFAULT_CONFIG } from './config.js';
import { count, duration, notes, YEAR_MS } from './config_keys.js';
import { formatDuration } from './duration.js';

const HOUR_MS = 3_600_000;
const ADAPTER_NAME = /^[a-z][a-z0-9_-]{0,31}$/;
const SOURCE = /^(vault|env|file|exec):./;

const { sessions } = DEFAULT_CONFIG;

function adapterName(text: string) {
  return z
    .string()
    .regex(ADAPTER_NAME, { error: 'expected a name of a-z, 0-9, _ and -, at most 32, that begins with a letter' })
    .register(notes, { type: 'name', default: '', text });
}

/** The group `sessions`. */
export const sessionKeys = z
  .strictObject({
    limit: count(1, 10_000, { default: 'no limit', text: 'How many launched sessions may run at once.' }),
    agents: z
      .array(
        z.strictObject({
          name: adapterName('An adapter, such as `claude-code`.'),
          limit: count(1, 10_000, { default: 'no limit', text: 'How many of its launched sessions may run at once.' }),
        }),
      )
      .max(100)
      .optional(),
    keep: duration(0, YEAR_MS, {
      default: formatDuration(sessions.keepMs),
      text: 'How long launched sessions that have ended are kept, with what they printed; longer where processes of theirs still run.',
    }),
    stopGrace: duration(0, HOUR_MS, {
      default: formatDuration(sessions.stopGraceMs),
      text: 'Pause between TERM and KILL where a session is stopped.',
    }),
    discoverWindow: duration(0, YEAR_MS, {
      default: formatDuration(sessions.discoverWindowMs),
      text: 'Found sessions that have ended are listed while their last activity is no older.',
    }),
    hookTimeout: duration(100, HOUR_MS, {
      default: formatDuration(sessions.hookTimeoutMs),
      text: 'Longest time that a hook of a session may take.',
    }),
    webhookSecret: z
      .string()
      .regex(SOURCE, { error: 'expected a source such as vault:webhook, env:NAME, file:/path or exec:command' })
      .register(notes, {
        type: 'source',
        default: 'webhooks are not signed',
        text: 'Where the secret that signs webhooks comes from.',
      })
      .optional(),
    external: z
      .array(
        z.strictObject({
          name: adapterName('Name of the adapter.'),
          command: z.array(z.string().min(1)).min(1).max(100).register(notes, {
            type: 'list: a command and its arguments',
            default: '',
            text: 'Program that speaks the protocol of external adapters.',
          }),
        }),
      )
      .max(100)
      .optional(),
  })
  .optional();
