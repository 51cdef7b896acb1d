/** A line of the log that tells of an error. */
export interface LoggedFault {
  readonly level: 'error' | 'fatal';
  /** ISO 8601. */
  readonly time: string;
  readonly message: string;
}

/** The errors among the log's lines since then, oldest first; what is no line of the log is passed over. */
export function recentFaults(lines: readonly string[], sinceMs: number): readonly LoggedFault[] {
  return lines.flatMap((line) => {
    const fault = faultOf(line);
    return fault !== undefined && Date.parse(fault.time) >= sinceMs ? [fault] : [];
  });
}

export function isSevere({ level }: LoggedFault): boolean {
  return level === 'fatal';
}

function faultOf(line: string): LoggedFault | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const fields = new Map<string, unknown>(Object.entries(parsed));
  const [level, time, message] = [fields.get('level'), fields.get('time'), fields.get('msg')];
  if (level !== 'error' && level !== 'fatal') return undefined;
  const at = typeof time === 'number' || typeof time === 'string' ? new Date(time) : new Date(Number.NaN);
  if (Number.isNaN(at.getTime())) return undefined;
  // An event is logged by its name alone.
  const outcome = fields.get('success') === false ? ' failed' : '';
  return { level, time: at.toISOString(), message: typeof message === 'string' ? `${message}${outcome}` : '' };
}
