/** The text of one field, or what is wrong with it, in words that follow the field's name; never what stands in it. */
export type Field = { readonly kind: 'text'; readonly text: string } | FieldFault;

export interface FieldFault {
  readonly kind: 'missing' | 'fault';
  readonly fault: string;
}

/** The field at a dotted path, as in `database.password` or `users.0.token`. */
export function readField(document: unknown, path: string): Field {
  const value = fieldAt(document, path);
  switch (typeof value) {
    case 'undefined':
      return { kind: 'missing', fault: 'is not there' };
    case 'string':
      return { kind: 'text', text: value };
    case 'number':
      // What is larger, or has a fraction, may already differ from what was written.
      if (Number.isSafeInteger(value)) return { kind: 'text', text: String(value) };
      return { kind: 'fault', fault: 'is a number; put it in quotes' };
    case 'object':
      if (value !== null) return { kind: 'fault', fault: 'has parts; name one of them' };
      return { kind: 'fault', fault: 'is null; give it a text' };
    default:
      return { kind: 'fault', fault: 'is no text; put it in quotes' };
  }
}

/** A key that has dots itself comes before a path of several keys. */
function fieldAt(node: unknown, path: string): unknown {
  if (typeof node !== 'object' || node === null) return undefined;
  if (Array.isArray(node) && !/^\d/.test(path)) return undefined;
  if (Object.hasOwn(node, path)) return Reflect.get(node, path);
  for (let dot = path.indexOf('.'); dot >= 0; dot = path.indexOf('.', dot + 1)) {
    const key = path.slice(0, dot);
    const found = Object.hasOwn(node, key) ? fieldAt(Reflect.get(node, key), path.slice(dot + 1)) : undefined;
    if (found !== undefined) return found;
  }
  return undefined;
}
