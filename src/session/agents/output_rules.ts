import { type JsonObject, parseObject } from './json_rules.js';

/** Objects of an output of JSON lines, from the last one back. What is no such line is passed over: the first may be cut. */
export function* objectsFromEnd(output: string): Generator<JsonObject> {
  let end = output.length;
  while (end > 0) {
    const start = output.lastIndexOf('\n', end - 1) + 1;
    const line = output.slice(start, end).trim();
    const object = line.startsWith('{') ? parseObject(line) : undefined;
    if (object !== undefined) yield object;
    end = start - 1;
  }
}

export function lastObject(output: string, isWanted: (object: JsonObject) => boolean): JsonObject | undefined {
  for (const object of objectsFromEnd(output)) if (isWanted(object)) return object;
  return undefined;
}
