import { z } from 'zod';
import { DURATION_EXAMPLES, formatDuration, parseDuration } from './duration.js';

/** What the documentation says of a key. */
export interface KeyNote {
  readonly type: string;
  /** As one would write it; empty where the key must be given. */
  readonly default: string;
  readonly text: string;
}

export const notes = z.registry<KeyNote>();

/** The longest duration that makes sense anywhere. */
export const YEAR_MS = 366 * 86_400_000;

/** A duration within bounds, in milliseconds. */
export function duration(minMs: number, maxMs: number, note: Omit<KeyNote, 'type'>) {
  const schema = z.unknown().transform((value, context): number => {
    const milliseconds = parseDuration(value);
    if (milliseconds === undefined) {
      context.addIssue({ code: 'custom', message: `expected ${DURATION_EXAMPLES}` });
      return z.NEVER;
    }
    if (milliseconds < minMs || milliseconds > maxMs) {
      const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
      context.addIssue({ code: 'custom', message: `expected a duration ${range}` });
      return z.NEVER;
    }
    return milliseconds;
  });
  return schema.register(notes, { type: 'duration', ...note }).optional();
}

export function count(min: number, max: number, note: Omit<KeyNote, 'type'>) {
  return z
    .int()
    .min(min)
    .max(max)
    .register(notes, { type: 'whole number', ...note })
    .optional();
}

export function choice<const Values extends readonly [string, ...string[]]>(
  values: Values,
  note: Omit<KeyNote, 'type'>,
) {
  return z.enum(values).register(notes, { type: values.join(', '), ...note });
}

/** False unless it is given. */
export function flag(text: string) {
  return z.boolean().register(notes, { type: 'true or false', default: 'false', text }).optional();
}

/** True unless it is given. */
export function flagOn(text: string) {
  return z.boolean().register(notes, { type: 'true or false', default: 'true', text }).optional();
}

export function id(text: string) {
  return z.int().min(0).max(0xffff_fffe).register(notes, { type: 'whole number', default: '', text }).optional();
}

export function name(text: string) {
  return z.string().min(1).max(256).register(notes, { type: 'name', default: '', text }).optional();
}

export function absolutePath(note: Omit<KeyNote, 'type'>) {
  return z
    .string()
    .startsWith('/')
    .register(notes, { type: 'absolute path', ...note })
    .optional();
}

/** A web address; it may hold credentials, so that no message shows it. */
export function webAddress(text: string, byDefault = '') {
  return z
    .string({ error: 'expected an http or https URL such as https://example.org/ping' })
    .superRefine((value, context) => {
      const fault = webAddressFault(value);
      if (fault !== undefined) context.addIssue(hiddenFault(fault));
    })
    .register(notes, { type: 'http or https URL', default: byDefault, text });
}

/** A fault of a value that must not be shown with it; the words follow the key. */
export function hiddenFault(message: string) {
  return { code: 'custom' as const, message, params: { hidden: true } };
}

export function isHidden(params: Readonly<Record<string, unknown>> | undefined): boolean {
  return params?.['hidden'] === true;
}

/** Fault of a web address, in words that follow its key; undefined where there is none. */
function webAddressFault(text: string): string | undefined {
  if (URL.canParse(text) && /^https?:\/\//i.test(text)) return undefined;
  return 'is no URL such as https://example.org/ping; it is not shown, for it may hold credentials';
}
