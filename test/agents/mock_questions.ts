import { isObject, type JsonObject, listAt, objectAt, textAt } from '../../src/session/agents/json_rules.js';
import { textsOf } from '../../src/session/agents/words_rules.js';
import { type Question, type ShellTool, tokensOf } from './mock_model_rules.js';

/** What agents call the tool that runs commands. */
const SHELLS = ['Bash', 'exec_command', 'shell_command', 'shell'];
const ARGUMENTS = ['command', 'cmd'];

/** A request of Anthropic's Messages. */
export function questionOfMessages(request: JsonObject): Question {
  const messages = listAt(request, 'messages').filter(isObject);
  const last = messages.findLast((message) => textAt(message, 'role') !== 'system') ?? {};
  return {
    model: textAt(request, 'model'),
    ...wordsOf(messages),
    hasToolResult: listAt(last, 'content').some((block) => isObject(block) && textAt(block, 'type') === 'tool_result'),
    shell: shellOf(request, 'input_schema'),
    inputTokens: tokensOf(JSON.stringify(request)),
  };
}

/** A request of OpenAI's Responses. */
export function questionOfResponses(request: JsonObject): Question {
  const items = listAt(request, 'input').filter(isObject);
  return {
    model: textAt(request, 'model'),
    ...wordsOf(items),
    hasToolResult: textAt(items.at(-1) ?? {}, 'type') === 'function_call_output',
    shell: shellOf(request, 'parameters'),
    inputTokens: tokensOf(JSON.stringify(request)),
  };
}

/** The user's messages that are not all the agent's own: what it adds stands in tags. */
function wordsOf(messages: readonly JsonObject[]): Pick<Question, 'words' | 'firstWords'> {
  const said = messages
    .filter((message) => textAt(message, 'role') === 'user')
    .flatMap((message) => textsOf(message['content']))
    .map((text) => text.replaceAll(/<([a-z_-]+)>.*?<\/\1>/gs, '').trim())
    .filter((text) => text !== '');
  return { words: said.at(-1) ?? '', firstWords: said[0] ?? '' };
}

function shellOf(request: JsonObject, schemaKey: string): ShellTool | undefined {
  for (const tool of listAt(request, 'tools').filter(isObject)) {
    const name = textAt(tool, 'name');
    const arguments_ = objectAt(objectAt(tool, schemaKey), 'properties');
    const argument = ARGUMENTS.find((one) => one in arguments_);
    if (!SHELLS.includes(name) || argument === undefined) continue;
    return { name, argument, takesList: textAt(objectAt(arguments_, argument), 'type') === 'array' };
  }
  return undefined;
}
