const SHORTEST = 8;
/** Bits of all characters together, by how often each comes in the value itself. */
const LEAST_BITS = 28;

/** Stands for a value that is elsewhere, or is yet to be filled in. */
const PLACEHOLDER =
  /\$\{|\{\{|<|>|…|\.{3}|x{4}|\*{3}|change.?me|example|placeholder|your[_-]|dummy|redacted|replace|insert|undefined|process\.env|os\.environ|getenv/i;
const REFERENCE = /^(?:[$%@&(!#[{]|~?\.{0,2}\/|(?:vault|env|file|exec|op|arn|secret|https?|ref|data):)/i;

/** `team`, `Service`, `clientSecret`, `v2`, `2024`: such parts make names, not secrets. */
const WORD = /^(?:[A-Za-z][a-z]{0,22}(?:[A-Z][a-z]{1,22}){0,8}\d{0,2}|[A-Z]{1,23}\d{0,2}|\d{1,4})?$/;

/** Whether a value that is assigned to a name such as `password` is one, and neither a name, a reference nor a sample. */
export function isLikelySecret(value: string): boolean {
  if (value.length < SHORTEST || /\s/.test(value) || PLACEHOLDER.test(value) || REFERENCE.test(value)) return false;
  if (value.split(/[-_./:+=~,@|]+/).every((part) => WORD.test(part))) return false;
  // A call or an expression.
  if (/[A-Za-z_]\(/.test(value) || value.endsWith(')')) return false;
  return entropyBits(value) >= LEAST_BITS;
}

function entropyBits(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  const total = [...value].length;
  let bits = 0;
  for (const count of counts.values()) bits -= count * Math.log2(count / total);
  return bits;
}
