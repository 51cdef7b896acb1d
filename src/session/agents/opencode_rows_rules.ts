import type { Usage } from './agent_program.js';
import { countAt, isObject, type JsonObject, numberAt, objectAt, parseObject, textAt } from './json_rules.js';
import { firstWords } from './words_rules.js';

/** A session as OpenCode's database has it. */
export interface OpenCodeSession {
  readonly id: string;
  /** Empty: a session of a user's. */
  readonly parentId: string;
  readonly directory: string;
  readonly title: string;
  readonly model: string;
  readonly used: Usage;
  readonly createdWallMs: number;
  readonly updatedWallMs: number;
}

/** Undefined where it has not what a session must have. */
export function sessionOfRow(row: unknown): OpenCodeSession | undefined {
  if (!isObject(row)) return undefined;
  const id = textAt(row, 'id');
  const updatedWallMs = numberAt(row, 'time_updated');
  if (id === '' || updatedWallMs === undefined) return undefined;
  return {
    id,
    parentId: textAt(row, 'parent_id'),
    directory: textAt(row, 'directory'),
    title: firstWords(textAt(row, 'title')),
    model: modelOf(parseObject(textAt(row, 'model')) ?? {}, 'id'),
    used: {
      inputTokens:
        countAt(row, 'tokens_input') + countAt(row, 'tokens_cache_read') + countAt(row, 'tokens_cache_write'),
      outputTokens: countAt(row, 'tokens_output') + countAt(row, 'tokens_reasoning'),
      costUsd: numberAt(row, 'cost'),
    },
    createdWallMs: numberAt(row, 'time_created') ?? updatedWallMs,
    updatedWallMs,
  };
}

/** What the last message of a session tells. */
export interface LastMessage {
  /** The last turn has ended. */
  readonly settled: boolean;
  readonly model: string;
}

export function lastMessageOf(data: string): LastMessage {
  const message = parseObject(data) ?? {};
  const isAnswer = textAt(message, 'role') === 'assistant';
  const isComplete = numberAt(objectAt(message, 'time'), 'completed') !== undefined;
  // After a tool's call comes the next answer.
  const settled = isAnswer && isComplete && textAt(message, 'finish') !== 'tool-calls';
  return { settled, model: modelOf(message, 'modelID') };
}

/** As OpenCode takes it on its command line. */
function modelOf(object: JsonObject, key: string): string {
  const provider = textAt(object, 'providerID');
  const model = textAt(object, key);
  return provider === '' || model === '' ? model : `${provider}/${model}`;
}

/** The text of a part whose end may be cut off. */
export function promptOfPart(data: string): string {
  const text = /"text":"((?:[^"\\]|\\[^u]|\\u[\da-f]{4})*)/i.exec(data)?.[1] ?? '';
  const whole = parseObject(`{"text":"${text}"}`);
  return whole === undefined ? '' : firstWords(textAt(whole, 'text'));
}
