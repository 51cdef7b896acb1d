import { type AuditEntry, type Client, isTenureError } from '@tenure/client';
import { Command } from 'commander';
import { auditEntryJson } from './audit_json.js';
import { describeEntry } from './audit_text.js';
import { withClient } from './connection.js';
import { UsageFailure } from './failure.js';
import { parseMoment, timestampOf } from './moment.js';
import { printJson, printLine, warn } from './output.js';

/** The most that the daemon gives at once. */
const PAGE_SIZE = 1_000;
const MAX_TAIL = 100_000;

interface AuditOptions {
  readonly since?: number;
  readonly until?: number;
  readonly action?: readonly string[];
  readonly client?: string;
  readonly resource?: string;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly json?: boolean;
}

type Filter = ReturnType<typeof filterOf>;
type Print = (entry: AuditEntry) => Promise<void>;

const DETAILS = `
The oldest entries come first. A line is the time, whether it was done, the
action, the resource, the client, the process that asked (tenured: the daemon
itself), the lease, and what else is known. No entry has a value or a token in
it. With --json a line an entry:
{"sequence":"17","time":"...","action":"secret.leased","success":true,...}

--follow shows what there is, and then what comes; a restart of the daemon
leaves no gap. --tail 0 --follow shows only what comes. The daemon keeps 16 MiB
and 30 days, unless audit.maxBytes and audit.maxAge say otherwise.

Examples:
  tenure audit --since 1h                     what happened in the last hour
  tenure audit --resource secret/team         about secrets of a namespace
  tenure audit --action secret.leased --tail 20
  tenure audit --action secret --since 2026-05-01 --until 2026-05-02T12:00
  tenure audit --follow --json | jq -c 'select(.success | not)'`;

export function auditCommand(): Command {
  return new Command('audit')
    .summary('show who did what')
    .description('Show the audit log: who did what to which lease or secret, and whether it was allowed.')
    .option('--since <moment>', 'not before this: how long ago, like 1h, or a time', parseMoment)
    .option('--until <moment>', 'before this', parseMoment)
    .option('--action <action>', 'only secret.leased, or all of secret; may be repeated', parseAction)
    .option('--client <id>', 'only of this client')
    .option('--resource <prefix>', 'only about this resource, and all below it')
    .option('--follow', 'go on with what comes')
    .option('--tail <count>', 'only the newest so many', parseTail)
    .option('--json', 'print a JSON line an entry')
    .addHelpText('after', DETAILS)
    .action(async (options: AuditOptions) => {
      check(options);
      const ownUid = process.getuid?.();
      const print: Print =
        options.json === true
          ? (entry) => printJson(auditEntryJson(entry))
          : (entry) => printLine(describeEntry(entry, ownUid));
      await withClient((client) => show(client, options, print));
    });
}

function check({ since, until, follow }: AuditOptions): void {
  if (until !== undefined && follow === true) throw new UsageFailure('--follow has no end; leave out --until');
  if (since !== undefined && until !== undefined && since >= until) {
    throw new UsageFailure('--since must be before --until');
  }
}

function filterOf({ since, until, action, client, resource }: AuditOptions) {
  return {
    since: since === undefined ? undefined : timestampOf(since),
    until: until === undefined ? undefined : timestampOf(until),
    actions: [...(action ?? [])],
    clientId: client,
    resourcePrefix: resource,
  };
}

async function show(client: Client, options: AuditOptions, print: Print): Promise<void> {
  const { tail, follow: follows = false, json = false } = options;
  const filter = filterOf(options);
  const newest: AuditEntry[] = [];
  let seen: bigint | undefined;
  // A watch without a tail begins with what there is.
  if (!follows || tail !== undefined) {
    for await (const entry of entriesOf(client, filter)) {
      seen = entry.sequence;
      if (tail === undefined) await print(entry);
      else newest.push(entry);
      if (newest.length > (tail ?? 0)) newest.shift();
    }
  }
  for (const entry of newest) await print(entry);
  if (follows) await follow(client, filter, seen, print);
  else if (seen === undefined && !json) await printLine('no entries');
}

async function* entriesOf(client: Client, filter: Filter): AsyncGenerator<AuditEntry, void, undefined> {
  let pageToken = '';
  do {
    const page = await client.audit.listAuditEntries({ filter, pageSize: PAGE_SIZE, pageToken });
    yield* page.entries;
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

async function follow(client: Client, filter: Filter, afterSequence: bigint | undefined, print: Print): Promise<void> {
  const onBreak = (error: Error): void => warn(`tenure: ${describeBreak(error)}`);
  for await (const entry of client.watchAuditEntries({ filter, afterSequence, onBreak })) await print(entry);
}

function describeBreak(error: Error): string {
  if (isTenureError(error, 'SLOW_WATCHER'))
    return 'entries were dropped before they were read; it goes on with the next';
  return 'the daemon is away; the log goes on when it is back';
}

function parseAction(text: string, before: readonly string[] = []): readonly string[] {
  return [...before, text];
}

function parseTail(text: string): number {
  const count = /^\d{1,6}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= MAX_TAIL)) {
    throw new UsageFailure(`'${text}' is no count; it must be a whole number from 0 to ${MAX_TAIL}`);
  }
  return count;
}
