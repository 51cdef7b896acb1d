import { z } from 'zod';
import { DEFAULT_CONFIG, HEARTBEAT_DEFAULTS } from './config.js';
import { absolutePath, count, duration, flag, notes, webAddress, YEAR_MS } from './config_keys.js';
import { DURATION_EXAMPLES, formatDuration, parseDuration } from './duration.js';

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const { secrets, audit } = DEFAULT_CONFIG;

const heartbeat = z.strictObject({
  url: webAddress(
    'Address that must answer with a status from 200 to 299. Where it stops, secrets are sealed and the kill switch ' +
      'is pulled. It may hold a user and a password, which nothing shows.',
  ),
  interval: duration(100, 24 * HOUR_MS, {
    default: formatDuration(HEARTBEAT_DEFAULTS.intervalMs),
    text: 'Pause between an answer and the next question.',
  }),
  timeout: duration(100, 10 * MINUTE_MS, {
    default: formatDuration(HEARTBEAT_DEFAULTS.timeoutMs),
    text: 'Longest time that an answer may take.',
  }),
  failures: count(1, 1_000, {
    default: String(HEARTBEAT_DEFAULTS.failures),
    text: 'Failures in a row that pull the kill switch.',
  }),
  revokeAll: flag('The kill switch revokes all leases on secrets. One of the three must be true.'),
  rotateAll: flag('The kill switch rotates all secrets that have a rotate command.'),
  wipeVault: flag('The kill switch deletes the vault, for good.'),
});

/** The group `secrets`. */
export const secretKeys = z
  .strictObject({
    envFile: absolutePath({
      default: 'the environment of the daemon',
      text: 'File of NAME=VALUE lines that `env:` sources read, anew each time. It must be yours; a mode looser than 0600 is tightened.',
    }),
    sourceTimeout: duration(100, HOUR_MS, {
      default: formatDuration(secrets.sourceTimeoutMs),
      text: 'Longest time that a source may take for its value.',
    }),
    commandTimeout: duration(100, HOUR_MS, {
      default: formatDuration(secrets.commandTimeoutMs),
      text: 'Longest time that a rotate command or a hook of a secret may take.',
    }),
    heartbeat: heartbeat.optional(),
  })
  .optional();

/** Milliseconds from which on a lease is kept: `all` is 0, `none` is Infinity. */
const auditLeases = z
  .unknown()
  .transform((value, context): number => {
    const fromMs = value === 'all' ? 0 : value === 'none' ? Number.POSITIVE_INFINITY : parseDuration(value);
    if (fromMs !== undefined) return fromMs;
    context.addIssue({ code: 'custom', message: `expected all, none, or ${DURATION_EXAMPLES}` });
    return z.NEVER;
  })
  .register(notes, {
    type: 'all, none, or a duration',
    default: formatDuration(audit.leasesFromMs),
    text: 'The ends of leases that were held or waited for at least so long are kept in the audit log.',
  });

/** The group `audit`. */
export const auditKeys = z
  .strictObject({
    maxBytes: count(65_536, 2 ** 40, {
      default: String(audit.maxBytes),
      text: 'Bytes that the audit log may take; the oldest entries go first.',
    }),
    maxAge: duration(MINUTE_MS, YEAR_MS, {
      default: formatDuration(audit.maxAgeMs),
      text: 'Age at which entries of the audit log go.',
    }),
    leases: auditLeases.optional(),
  })
  .optional();
