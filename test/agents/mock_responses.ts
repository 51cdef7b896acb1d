import type { EventStream } from './event_stream.js';
import { type Answer, type Question, tokensOf } from './mock_model_rules.js';

type Words = Extract<Answer, { kind: 'words' }>;

/** The answer as OpenAI's Responses stream it. */
export function streamResponse(stream: EventStream, { model, inputTokens }: Question, answer: Words): void {
  let number = 0;
  const tell = (type: string, fields: object): void => {
    stream.send(type, { type, sequence_number: number, ...fields });
    number += 1;
  };
  const response = { id: stream.id('resp'), object: 'response', created_at: Math.floor(Date.now() / 1000), model };
  tell('response.created', { response: { ...response, status: 'in_progress', output: [], usage: null } });

  const message = { type: 'message', id: stream.id('msg'), role: 'assistant' };
  const place = { item_id: message.id, output_index: 0, content_index: 0 };
  tell('response.output_item.added', { output_index: 0, item: { ...message, status: 'in_progress', content: [] } });
  tell('response.content_part.added', { ...place, part: { type: 'output_text', text: '', annotations: [] } });
  tell('response.output_text.delta', { ...place, delta: answer.text });
  if (answer.hangs) return;
  const part = { type: 'output_text', text: answer.text, annotations: [] };
  const said = { ...message, status: 'completed', content: [part] };
  tell('response.output_text.done', { ...place, text: answer.text });
  tell('response.content_part.done', { ...place, part });
  tell('response.output_item.done', { output_index: 0, item: said });

  const call = answer.call && {
    type: 'function_call',
    id: stream.id('fc'),
    call_id: stream.id('call'),
    name: answer.call.tool,
    arguments: JSON.stringify(answer.call.input),
    status: 'completed',
  };
  if (call !== undefined) {
    tell('response.output_item.added', { output_index: 1, item: { ...call, arguments: '', status: 'in_progress' } });
    tell('response.output_item.done', { output_index: 1, item: call });
  }
  const outputTokens = tokensOf(answer.text);
  const usage = {
    input_tokens: inputTokens,
    input_tokens_details: { cached_tokens: 0 },
    output_tokens: outputTokens,
    output_tokens_details: { reasoning_tokens: 0 },
    total_tokens: inputTokens + outputTokens,
  };
  const output = call === undefined ? [said] : [said, call];
  tell('response.completed', { response: { ...response, status: 'completed', output, usage } });
  stream.end();
}
