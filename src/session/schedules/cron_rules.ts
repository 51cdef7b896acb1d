import { Cron } from 'croner';

/** Five fields, names of days and months, nothing that only one program knows. */
const FIELD_CHARACTERS = /^[\d*/,\-A-Za-z]+$/;
const NICKNAME = /^@(yearly|annually|monthly|weekly|daily|hourly)$/;

/** When something is due: `0 3 * * 1-5` in a time zone. */
export interface CronTerms {
  readonly cron: string;
  /** Undefined: the daemon's own. */
  readonly timezone: string | undefined;
}

/** What is expected instead of a cron text; undefined where nothing is. */
export function cronFault(cron: string): string | undefined {
  const fields = cron.trim().split(/\s+/);
  const isPlain = fields.length === 5 && fields.every((field) => FIELD_CHARACTERS.test(field));
  const example = "expected five fields such as '30 3 * * 1-5': minute, hour, day, month, day of the week";
  if (!isPlain && !NICKNAME.test(cron)) return example;
  let next: Date | null;
  try {
    // Any moment will do: what never comes after it never comes at all.
    next = parse({ cron, timezone: 'UTC' }).nextRun(new Date(0));
  } catch {
    return example;
  }
  return next === null ? 'expected a time that comes' : undefined;
}

/** Whether there is a time zone of this name. */
export function isTimezone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    return true;
  } catch {
    return false;
  }
}

/** The first moment after another one at which it is due; undefined where there is none. Whole minutes only. */
export function nextDue(terms: CronTerms, afterWallMs: number): number | undefined {
  return parse(terms).nextRun(new Date(afterWallMs))?.getTime();
}

function parse({ cron, timezone }: CronTerms): Cron {
  return new Cron(cron, { paused: true, mode: '5-part', ...(timezone === undefined ? {} : { timezone }) });
}
