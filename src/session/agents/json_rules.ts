export type JsonObject = Readonly<Record<string, unknown>>;

const NOTHING: JsonObject = {};

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Undefined where the text is no JSON object: damaged, cut, or half written. */
export function parseObject(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Empty where there is no such object. */
export function objectAt(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : NOTHING;
}

/** Empty where there is no such text. */
export function textAt(object: JsonObject, key: string): string {
  const value = object[key];
  return typeof value === 'string' ? value : '';
}

/** Undefined where there is no such number. */
export function numberAt(object: JsonObject, key: string): number | undefined {
  const value = object[key];
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

/** A number of things; 0 where there is none. */
export function countAt(object: JsonObject, key: string): number {
  return Math.max(0, Math.trunc(numberAt(object, key) ?? 0));
}

/** Empty where there is no such list. */
export function listAt(object: JsonObject, key: string): readonly unknown[] {
  const value = object[key];
  return Array.isArray(value) ? value : [];
}

/** In milliseconds since 1970; undefined where there is no such time. */
export function timeAt(object: JsonObject, key: string): number | undefined {
  const ms = Date.parse(textAt(object, key));
  return Number.isNaN(ms) ? undefined : ms;
}
