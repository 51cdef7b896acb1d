import { readDotenv } from './dotenv_rules.js';
import { type Field, readField } from './field_rules.js';
import type { SourceAnswer } from './source_port.js';
import { exactly } from './source_value_rules.js';

/** What a key of a file says: of JSON and YAML a field, by the file's name; of any other file a variable. */
export async function readKey(path: string, bytes: Uint8Array, key: string): Promise<SourceAnswer> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { cause: 'unreadable', problem: 'names a key of a file that is not UTF-8 text' };
  }
  const field = await fieldOf(path.toLowerCase(), text, key);
  switch (field.kind) {
    case 'text':
      return exactly(Buffer.from(field.text));
    case 'missing':
      return { cause: 'missing', problem: `names a key that ${field.fault}` };
    case 'fault':
      return { cause: 'unreadable', problem: `names a key that ${field.fault}` };
  }
}

function fieldOf(name: string, text: string, key: string): Field | Promise<Field> {
  if (name.endsWith('.json')) return jsonField(text, key);
  if (/\.ya?ml$/.test(name)) return yamlField(text, key);
  const { values, faults } = readDotenv(text);
  const value = values.get(key);
  if (value !== undefined) return { kind: 'text', text: value };
  const [first] = faults;
  return { kind: 'missing', fault: `is not among the file's variables${first === undefined ? '' : `; its ${first}`}` };
}

function jsonField(text: string, key: string): Field {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch {
    // The parser's own message repeats what it could not read.
    return { kind: 'fault', fault: 'cannot be looked up: the file is not valid JSON' };
  }
  return readField(document, key);
}

async function yamlField(text: string, key: string): Promise<Field> {
  // Rarely needed, and slow to load.
  const { parseDocument, visit } = await import('yaml');
  const invalid: Field = { kind: 'fault', fault: 'cannot be looked up: the file is not valid YAML' };
  try {
    const document = parseDocument(text, { logLevel: 'silent' });
    const [error] = document.errors;
    if (error !== undefined) {
      const line = error.linePos?.[0].line;
      return line === undefined ? invalid : { kind: 'fault', fault: `${invalid.fault}, line ${line}` };
    }
    visit(document, {
      Scalar: (_, scalar) => {
        // As written: 0042 and 1e3 are what somebody chose, not the numbers they stand for.
        if (scalar.value !== null && scalar.source !== undefined) scalar.value = scalar.source;
      },
    });
    return readField(document.toJS(), key);
  } catch {
    // Aliases that would grow without end, or a key that cannot be one; the message may repeat it.
    return invalid;
  }
}
