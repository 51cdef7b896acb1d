import { stdSerializers } from 'pino';

/** Owner and inherit tokens, wherever they stand. */
const TOKEN = /tn[oi]_[A-Za-z0-9_-]+/g;
/** Fields that hold something secret whatever it looks like; lower case. */
const SECRET_FIELDS = new Set(['token', 'ownertoken', 'inherittoken', 'value', 'authorization']);
const REDACTED = '[redacted]';
const DEEPEST = 8;

export function redactText(text: string): string {
  return text.replace(TOKEN, REDACTED);
}

/** A copy for a log or an event, without what is secret: by the field's name, or by the look of a text. */
export function redactFields(fields: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return copyFields(fields, 0);
}

function copyFields(fields: object, depth: number): Record<string, unknown> {
  const copy: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    copy[redactText(name)] = SECRET_FIELDS.has(name.toLowerCase()) ? REDACTED : copyValue(value, depth);
  }
  return copy;
}

function copyValue(value: unknown, depth: number): unknown {
  switch (typeof value) {
    case 'string':
      return redactText(value);
    case 'bigint':
      return value.toString();
    case 'object':
      return value === null ? null : copyObject(value, depth + 1);
    default:
      return value;
  }
}

function copyObject(value: object, depth: number): unknown {
  // Also ends what refers to itself.
  if (depth > DEEPEST) return '[too deep]';
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (value instanceof Error) return copyFields(stdSerializers.err(value), depth);
  if (value instanceof Map) return copyFields(Object.fromEntries(value), depth);
  if (Array.isArray(value)) return value.map((item) => copyValue(item, depth));
  return copyFields(value, depth);
}
