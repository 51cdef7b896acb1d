import type { Usage } from './agent_program.js';
import type { LineFold } from './growing_file.js';
import { countAt, isObject, type JsonObject, numberAt, objectAt, parseObject, textAt, timeAt } from './json_rules.js';
import { addUsage, NO_USAGE } from './usage_rules.js';
import { firstWords, textsOf } from './words_rules.js';

/** What Claude Code's transcript of a session tells. Texts are empty where it does not. */
export interface ClaudeTranscript {
  readonly directory: string;
  /** As its user called it, before as the program did. */
  readonly customTitle: string;
  readonly title: string;
  /** The first one. */
  readonly prompt: string;
  /** The first one put in line, which is there a moment earlier. */
  readonly queuedPrompt: string;
  readonly model: string;
  readonly startWallMs: number | undefined;
  /** The last turn has ended. */
  readonly settled: boolean;
  /** Undefined: unknown until the program counts again. */
  readonly counted: Usage | undefined;
  /** The message that is being written, which comes in several records of the same id. */
  readonly message: { readonly id: string; readonly count: Usage } | undefined;
}

const EMPTY: ClaudeTranscript = {
  directory: '',
  customTitle: '',
  title: '',
  prompt: '',
  queuedPrompt: '',
  model: '',
  startWallMs: undefined,
  settled: false,
  counted: NO_USAGE,
  message: undefined,
};

/** Most of a transcript are records for the program's own use, and long. */
const WANTED = /"type":"(?:user|assistant|attachment|queue-operation|cost-state|custom-title|ai-title|summary)"/;

export const CLAUDE_TRANSCRIPT: LineFold<ClaudeTranscript> = {
  empty: EMPTY,
  // The newest account of it all stands near the end.
  wholeBytes: 256 * 1024,
  take: (state, line) => {
    if (!WANTED.test(line)) return state;
    const record = parseObject(line);
    return record === undefined ? state : takeRecord(begin(state, record), record);
  },
  skip: (state) => ({ ...state, settled: false, counted: undefined, message: undefined }),
  knowsStart: ({ prompt, directory, model }) => prompt !== '' && directory !== '' && model !== '',
};

function begin(state: ClaudeTranscript, record: JsonObject): ClaudeTranscript {
  if (state.startWallMs !== undefined && state.directory !== '') return state;
  return {
    ...state,
    startWallMs: state.startWallMs ?? timeAt(record, 'timestamp'),
    directory: state.directory === '' ? textAt(record, 'cwd') : state.directory,
  };
}

function takeRecord(state: ClaudeTranscript, record: JsonObject): ClaudeTranscript {
  switch (textAt(record, 'type')) {
    case 'user':
      return takeUser(state, record);
    case 'assistant':
      return takeAssistant(state, record);
    case 'attachment': {
      const model = textAt(objectAt(objectAt(record, 'attachment'), 'identity'), 'modelId');
      return model === '' ? state : { ...state, model };
    }
    case 'queue-operation':
      return state.queuedPrompt === '' ? { ...state, queuedPrompt: firstWords(textAt(record, 'content')) } : state;
    case 'cost-state':
      return { ...state, counted: countOfModels(record), message: undefined };
    case 'custom-title':
      return { ...state, customTitle: firstWords(textAt(record, 'customTitle')) };
    case 'ai-title':
      return { ...state, title: firstWords(textAt(record, 'aiTitle')) };
    case 'summary':
      return { ...state, title: firstWords(textAt(record, 'summary')) };
    default:
      return state;
  }
}

function takeUser(state: ClaudeTranscript, record: JsonObject): ClaudeTranscript {
  if (record['isSidechain'] === true || record['isMeta'] === true) return state;
  const texts = textsOf(objectAt(record, 'message')['content']);
  // What it says when somebody has pressed Escape.
  if (texts.some((text) => text.startsWith('[Request interrupted'))) return { ...state, settled: true };
  // What begins with a tag was put in by the program: its own commands, and what the editor shows.
  const prompt = texts.find((text) => !/^\s*<[a-z_-]+>/.test(text));
  if (prompt === undefined && texts.length > 0) return state;
  return { ...state, settled: false, prompt: state.prompt === '' ? firstWords(prompt ?? '') : state.prompt };
}

function takeAssistant(state: ClaudeTranscript, record: JsonObject): ClaudeTranscript {
  if (record['isSidechain'] === true) return state;
  const message = objectAt(record, 'message');
  const model = textAt(message, 'model');
  const reason = textAt(message, 'stop_reason');
  const counted = { ...state, settled: reason !== '' && reason !== 'tool_use' };
  // What it says itself, such as an error of the service.
  if (model === '<synthetic>') return counted;
  const id = textAt(message, 'id');
  const isSame = state.message !== undefined && state.message.id === id;
  return {
    ...counted,
    model: model === '' ? state.model : model,
    counted: isSame ? state.counted : totalOf(state),
    message: { id, count: countOfMessage(objectAt(message, 'usage')) },
  };
}

/** What the whole session has used so far; undefined: unknown. */
export function totalOf({ counted, message }: ClaudeTranscript): Usage | undefined {
  return counted === undefined || message === undefined ? counted : addUsage(counted, message.count);
}

function countOfMessage(usage: JsonObject): Usage {
  const inputTokens =
    countAt(usage, 'input_tokens') +
    countAt(usage, 'cache_creation_input_tokens') +
    countAt(usage, 'cache_read_input_tokens');
  return { inputTokens, outputTokens: countAt(usage, 'output_tokens'), costUsd: undefined };
}

/** The program's own account of the whole session, also of the runs before. */
export function countOfModels(record: JsonObject): Usage {
  let total: Usage = { ...NO_USAGE, costUsd: numberAt(record, 'totalCostUSD') ?? numberAt(record, 'total_cost_usd') };
  for (const used of Object.values(objectAt(record, 'modelUsage'))) {
    if (!isObject(used)) continue;
    const inputTokens =
      countAt(used, 'inputTokens') + countAt(used, 'cacheReadInputTokens') + countAt(used, 'cacheCreationInputTokens');
    total = addUsage(total, { inputTokens, outputTokens: countAt(used, 'outputTokens'), costUsd: undefined });
  }
  return total;
}
