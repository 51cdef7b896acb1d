import type { Usage } from './agent_program.js';
import type { LineFold } from './growing_file.js';
import { countAt, isObject, type JsonObject, objectAt, parseObject, textAt, timeAt } from './json_rules.js';
import { firstWords, textsOf } from './words_rules.js';

/** What Codex's rollout of a thread tells. Texts are empty where it does not. */
export interface CodexRollout {
  readonly directory: string;
  readonly model: string;
  /** The first one of the user's own. */
  readonly prompt: string;
  readonly startWallMs: number | undefined;
  /** Of all turns; undefined: it has not been told. */
  readonly used: Usage | undefined;
  /** The last turn has ended: well, badly, or by an interruption. */
  readonly settled: boolean;
  /** The thread that it is a fork of, or works for. */
  readonly parentId: string;
}

const EMPTY: CodexRollout = {
  directory: '',
  model: '',
  prompt: '',
  startWallMs: undefined,
  used: undefined,
  settled: true,
  parentId: '',
};

/** The rest is what was said and done, and long. */
const WANTED =
  /"type":"(?:session_meta|turn_context|token_count|task_started|task_complete|turn_aborted|user_message|UserMessage)"/;

export const CODEX_ROLLOUT: LineFold<CodexRollout> = {
  empty: EMPTY,
  // The newest account of it all stands near the end.
  wholeBytes: 256 * 1024,
  take: (state, line) => {
    if (!WANTED.test(line)) return state;
    const record = parseObject(line);
    return record === undefined ? state : takeRecord(state, textAt(record, 'type'), objectAt(record, 'payload'));
  },
  // Where a whole tail tells of no end, there is a long turn. All else is told anew, and whole.
  skip: (state) => ({ ...state, settled: false }),
  knowsStart: ({ directory, prompt, model }) => directory !== '' && prompt !== '' && model !== '',
};

function takeRecord(state: CodexRollout, type: string, payload: JsonObject): CodexRollout {
  switch (type) {
    case 'session_meta':
      // A fork may carry its parent's as well, behind its own.
      return state.startWallMs === undefined ? takeMeta(state, payload) : state;
    case 'turn_context':
      return { ...state, model: textAt(payload, 'model'), directory: textAt(payload, 'cwd') || state.directory };
    case 'event_msg':
      return takeEvent(state, payload);
    default:
      return state;
  }
}

function takeMeta(state: CodexRollout, meta: JsonObject): CodexRollout {
  const spawned = objectAt(objectAt(objectAt(meta, 'source'), 'subagent'), 'thread_spawn');
  return {
    ...state,
    directory: textAt(meta, 'cwd'),
    startWallMs: timeAt(meta, 'timestamp'),
    parentId: textAt(meta, 'forked_from_id') || textAt(meta, 'parent_thread_id') || textAt(spawned, 'parent_thread_id'),
  };
}

function takeEvent(state: CodexRollout, event: JsonObject): CodexRollout {
  switch (textAt(event, 'type')) {
    case 'task_started':
      return { ...state, settled: false };
    case 'task_complete':
    case 'turn_aborted':
      return { ...state, settled: true };
    case 'token_count': {
      const total = objectAt(event, 'info')['total_token_usage'];
      return isObject(total) ? { ...state, used: countOfTokens(total) } : state;
    }
    case 'user_message':
      return withPrompt(state, textAt(event, 'message'));
    case 'item_completed': {
      const item = objectAt(event, 'item');
      const isPrompt = textAt(item, 'type') === 'UserMessage';
      return isPrompt ? withPrompt(state, textsOf(item['content'])[0] ?? '') : state;
    }
    default:
      return state;
  }
}

function withPrompt(state: CodexRollout, prompt: string): CodexRollout {
  return state.prompt === '' ? { ...state, prompt: firstWords(prompt) } : state;
}

/** Cached tokens are among those that went in, and what was thought among those that came out. */
export function countOfTokens(usage: JsonObject): Usage {
  return {
    inputTokens: countAt(usage, 'input_tokens'),
    outputTokens: countAt(usage, 'output_tokens'),
    costUsd: undefined,
  };
}
