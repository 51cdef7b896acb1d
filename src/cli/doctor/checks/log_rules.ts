/** A line of the log that tells of an error. */
export interface LoggedFault {
  readonly level: 'error' | 'fatal';
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
}

/** What mends a failed reload: one that succeeded, or a start, which reads the configuration as well. */
const RELOADED = 'daemon.reloaded';
const MENDS_RELOAD = new Set([RELOADED, 'daemon.started']);

/** A line of the log, as far as it matters here. */
interface Line {
  readonly level: unknown;
  readonly atMs: number;
  readonly message: string;
  /** Of an event. */
  readonly success: unknown;
}

/**
 * The errors among the log's lines since then that nothing has mended, oldest
 * first; what is no line of the log is passed over.
 */
export function recentFaults(lines: readonly string[], sinceMs: number): readonly LoggedFault[] {
  const recent = lines.flatMap((text) => {
    const line = lineOf(text);
    return line !== undefined && line.atMs >= sinceMs ? [line] : [];
  });
  const mendedBefore = recent.findLastIndex(({ message, success }) => success === true && MENDS_RELOAD.has(message));
  return recent.flatMap((line, index) => {
    const isMended = line.message === RELOADED && index < mendedBefore;
    const fault = isMended ? undefined : faultOf(line);
    return fault === undefined ? [] : [fault];
  });
}

export function isSevere({ level }: LoggedFault): boolean {
  return level === 'fatal';
}

function lineOf(text: string): Line | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const [time, message] = [fields.get('time'), fields.get('msg')];
  const at = typeof time === 'number' || typeof time === 'string' ? new Date(time) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) return undefined;
  return {
    level: fields.get('level'),
    atMs: at.getTime(),
    message: typeof message === 'string' ? message : '',
    success: fields.get('success'),
  };
}

function faultOf({ level, atMs, message, success }: Line): LoggedFault | undefined {
  if (level !== 'error' && level !== 'fatal') return undefined;
  // An event is logged by its name alone.
  const outcome = success === false ? ' failed' : '';
  return { level, time: new Date(atMs).toISOString(), message: `${message}${outcome}` };
}
