import type { Usage } from './agent_program.js';
import type { LineFold } from './growing_file.js';
import { countAt, isObject, type JsonObject, numberAt, objectAt, parseObject, textAt, timeAt } from './json_rules.js';
import { addUsage, NO_USAGE } from './usage_rules.js';
import { firstWords, textsOf } from './words_rules.js';

/** What Pi's file of a session tells. Texts are empty where it does not. */
export interface PiSession {
  readonly id: string;
  readonly directory: string;
  readonly startWallMs: number | undefined;
  readonly parentId: string;
  /** As its user called it. */
  readonly name: string;
  /** The first one. */
  readonly prompt: string;
  readonly model: string;
  /** Undefined: not all of the file was read, and Pi keeps no account. */
  readonly used: Usage | undefined;
  /** The last turn has ended. */
  readonly settled: boolean;
}

const EMPTY: PiSession = {
  id: '',
  directory: '',
  startWallMs: undefined,
  parentId: '',
  name: '',
  prompt: '',
  model: '',
  used: NO_USAGE,
  settled: true,
};

export const PI_SESSION: LineFold<PiSession> = {
  empty: EMPTY,
  // There is no account of it all: each answer has its own.
  wholeBytes: 1024 * 1024,
  take: (state, line) => {
    const entry = parseObject(line);
    return entry === undefined ? state : takeEntry(state, entry);
  },
  skip: (state) => ({ ...state, settled: false, used: undefined }),
  knowsStart: ({ id, prompt, model }) => id !== '' && prompt !== '' && model !== '',
};

function takeEntry(state: PiSession, entry: JsonObject): PiSession {
  switch (textAt(entry, 'type')) {
    case 'session':
      return {
        ...state,
        id: textAt(entry, 'id'),
        directory: textAt(entry, 'cwd'),
        startWallMs: timeAt(entry, 'timestamp'),
        parentId: idInPath(textAt(entry, 'parentSession')),
      };
    case 'session_info':
      return { ...state, name: firstWords(textAt(entry, 'name')) };
    case 'model_change':
      return { ...state, model: modelName(textAt(entry, 'provider'), textAt(entry, 'modelId')) };
    case 'message':
      return takeMessage(state, objectAt(entry, 'message'));
    // Summaries cost, too.
    case 'usage':
    case 'compaction':
    case 'branch_summary':
      return withUsage(state, entry);
    default:
      return state;
  }
}

function takeMessage(state: PiSession, message: JsonObject): PiSession {
  switch (textAt(message, 'role')) {
    case 'user': {
      const prompt = state.prompt === '' ? firstWords(textsOf(message['content'])[0] ?? '') : state.prompt;
      return { ...state, prompt, settled: false };
    }
    case 'assistant': {
      const model = modelName(textAt(message, 'provider'), textAt(message, 'model'));
      const settled = textAt(message, 'stopReason') !== 'toolUse';
      return withUsage({ ...state, settled, model: model === '' ? state.model : model }, message);
    }
    default:
      return state;
  }
}

function withUsage(state: PiSession, entry: JsonObject): PiSession {
  const usage = entry['usage'];
  return state.used === undefined || !isObject(usage)
    ? state
    : { ...state, used: addUsage(state.used, countOf(usage)) };
}

export function countOf(usage: JsonObject): Usage {
  return {
    inputTokens: countAt(usage, 'input') + countAt(usage, 'cacheRead') + countAt(usage, 'cacheWrite'),
    outputTokens: countAt(usage, 'output'),
    costUsd: numberAt(objectAt(usage, 'cost'), 'total'),
  };
}

/** As Pi takes it on its command line. */
function modelName(provider: string, model: string): string {
  return provider === '' || model === '' ? model : `${provider}/${model}`;
}

/** A session's file is named `TIME_ID.jsonl`. */
function idInPath(path: string): string {
  return /_([^/]+)\.jsonl$/.exec(path)?.[1] ?? '';
}
