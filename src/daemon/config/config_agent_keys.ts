import { z } from 'zod';
import { readSource } from '../../secret/sources/source_rules.js';
import { hasMountSyntax, targetFault } from '../../session/configured_agents/mount_rules.js';
import { repoFault } from '../../session/configured_agents/repo_rules.js';
import { cronFault, isTimezone } from '../../session/schedules/cron_rules.js';
import { parseByteSize } from './byte_size.js';
import { choice, count, duration, flag, hiddenFault, type KeyNote, notes, YEAR_MS } from './config_keys.js';

const MIB = 1024 * 1024;
const NETWORK = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;
/** As podman takes one: names below a registry, a tag or a digest. No option. */
const IMAGE = /^[A-Za-z0-9][A-Za-z0-9._\-/:@]{0,511}$/;

/** A text whose fault is found by a rule; a hidden one is not repeated, for it may hold a credential. */
function checked(fault: (value: string) => string | undefined, note: KeyNote, hidden = false) {
  return z
    .string()
    .superRefine((value, context) => {
      const message = fault(value);
      if (message !== undefined) context.addIssue(hidden ? hiddenFault(message) : { code: 'custom', message });
    })
    .register(notes, note);
}

/** Also says what one of them alone is. */
export function sourceFault(text: string): string | undefined {
  const source = readSource(text);
  return source.kind === 'fault' ? source.fault : undefined;
}

function source(text: string) {
  return checked(sourceFault, { type: 'source', default: 'none', text }, true).optional();
}

function hostPath(note: Omit<KeyNote, 'type'>) {
  const fault = (path: string): string | undefined => {
    if (!path.startsWith('/')) return 'expected an absolute path';
    return hasMountSyntax(path) ? 'expected a path without a comma, a colon or a control character' : undefined;
  };
  return checked(fault, { type: 'absolute path', ...note });
}

const schedule = z.strictObject({
  cron: checked(cronFault, {
    type: 'five cron fields, or @hourly, @daily, @weekly, @monthly, @yearly',
    default: '',
    text: 'When it is launched by itself: minute, hour, day of the month, month, day of the week. Needs `repo`.',
  }),
  timezone: checked((name) => (isTimezone(name) ? undefined : 'expected a time zone such as Europe/Berlin'), {
    type: 'time zone',
    default: "the daemon's",
    text: 'Where these are meant.',
  }).optional(),
  overlap: choice(['skip', 'queue', 'allow'], {
    default: 'skip',
    text: 'What happens where a session of the agent still runs: this time is left out, waits for its end, or is launched beside it.',
  }).optional(),
});

const mount = z.strictObject({
  source: hostPath({ default: '', text: 'A file or a folder of this machine.' }),
  target: checked(targetFault, {
    type: 'absolute path',
    default: '',
    text: 'Where the container has it. Not below `/workspace`, `/methodology`, `/run/secrets`, `/run/tenure`, `/proc`, `/sys` or `/dev`.',
  }),
  readOnly: z
    .boolean()
    .register(notes, { type: 'true or false', default: 'true', text: 'Whether the agent may only read it.' })
    .optional(),
});

/** A source, or a group that also says how it is handed over. Keys and values are looked at by the checks across keys. */
const credential = z.unknown().register(notes, {
  type: 'source, or a group of source and as: file, environment',
  default: '',
  text: 'A credential: a file of this name in `/run/secrets`, or with `as: environment` a variable, which `podman inspect` shows.',
});

const memory = z
  .unknown()
  .transform((value, context): number => {
    const bytes = parseByteSize(value);
    if (bytes !== undefined && bytes >= 4 * MIB) return bytes;
    context.addIssue({ code: 'custom', message: 'expected at least 4MiB, as in 512MiB or 2GiB, or a number of bytes' });
    return z.NEVER;
  })
  .register(notes, { type: 'size', default: 'no limit', text: 'Memory that its container may take.' });

const limits = z.strictObject({
  memory: memory.optional(),
  cpus: z
    .number()
    .min(0.01)
    .max(4_096)
    .register(notes, { type: 'number', default: 'no limit', text: 'Processors that its container may keep busy.' })
    .optional(),
  pids: count(1, 4_194_304, { default: "podman's", text: 'Processes and threads that its container may have.' }),
});

const agent = z.strictObject({
  image: checked((name) => (IMAGE.test(name) ? undefined : 'expected the name of an image'), {
    type: 'image',
    default: '',
    text: 'Image of its containers, as podman knows it. It is never fetched by itself.',
  }),
  command: z.array(z.string().max(32_768)).min(1).max(1_024).register(notes, {
    type: 'list: a command and its arguments',
    default: '',
    text: 'What runs in the container.',
  }),
  repo: checked(
    repoFault,
    {
      type: 'https, http or git URL',
      default: 'none',
      text: 'Repository that is cloned for each session, unless the launch names another. No credentials in it.',
    },
    true,
  ).optional(),
  repoToken: source('What the repository is cloned with, over https.'),
  schedule: schedule.optional(),
  methodology: hostPath({
    default: 'none',
    text: 'Folder that the agent reads its methodology from, as `/methodology`.',
  }).optional(),
  mounts: z.array(mount).max(100).optional(),
  credentials: z.record(z.string(), credential).optional(),
  timeout: duration(1_000, YEAR_MS, { default: 'no limit', text: 'Longest run; then it is stopped, as timed-out.' }),
  limits: limits.optional(),
  network: checked((name) => (NETWORK.test(name) ? undefined : 'expected none, or the name of a network'), {
    type: 'none, or a name',
    default: "podman's",
    text: 'Network of its containers.',
  }).optional(),
  readOnlyRoot: flag(
    'Whether the container may write in its own file system, besides `/workspace` and `/tmp`, at all: true forbids it.',
  ),
  concurrency: count(1, 10_000, {
    default: 'no limit',
    text: 'How many of its sessions may run at once: the capacity of the lease `agent/NAME`.',
  }),
});

/** The group `agents`: by name, which the checks across keys look at. */
export const agentKeys = z.record(z.string(), agent).optional();
