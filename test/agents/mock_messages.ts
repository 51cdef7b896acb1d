import type { EventStream } from './event_stream.js';
import { type Answer, type Question, tokensOf } from './mock_model_rules.js';

type Words = Extract<Answer, { kind: 'words' }>;

/** The answer as Anthropic's Messages stream it. */
export function streamMessage(stream: EventStream, { model, inputTokens }: Question, answer: Words): void {
  const tell = (type: string, fields: object): void => stream.send(type, { type, ...fields });
  const usage = { input_tokens: inputTokens, output_tokens: 1 };
  const message = { id: stream.id('msg'), type: 'message', role: 'assistant', model, content: [], stop_reason: null };
  tell('message_start', { message: { ...message, stop_sequence: null, usage } });
  tell('content_block_start', { index: 0, content_block: { type: 'text', text: '' } });
  tell('content_block_delta', { index: 0, delta: { type: 'text_delta', text: answer.text } });
  if (answer.hangs) return;
  tell('content_block_stop', { index: 0 });
  if (answer.call !== undefined) {
    const { tool: name, input } = answer.call;
    const block = { type: 'tool_use', id: stream.id('toolu'), name, input: {} };
    tell('content_block_start', { index: 1, content_block: block });
    const delta = { type: 'input_json_delta', partial_json: JSON.stringify(input) };
    tell('content_block_delta', { index: 1, delta });
    tell('content_block_stop', { index: 1 });
  }
  const reason = answer.call === undefined ? 'end_turn' : 'tool_use';
  tell('message_delta', {
    delta: { stop_reason: reason, stop_sequence: null },
    usage: { output_tokens: tokensOf(answer.text) },
  });
  tell('message_stop', {});
  stream.end();
}

/** The same in one piece, for what an agent asks by the way. */
export function wholeMessage(id: string, { model, inputTokens }: Question, { text }: Words): object {
  return {
    id,
    type: 'message',
    role: 'assistant',
    model,
    content: [{ type: 'text', text }],
    stop_reason: 'end_turn',
    stop_sequence: null,
    usage: { input_tokens: inputTokens, output_tokens: tokensOf(text) },
  };
}
