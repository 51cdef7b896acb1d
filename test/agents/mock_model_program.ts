import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { parseObject } from '../../src/session/agents/json_rules.js';
import { EventStream } from './event_stream.js';
import { streamMessage, wholeMessage } from './mock_messages.js';
import { type Answer, answerTo, type Question } from './mock_model_rules.js';
import { questionOfMessages, questionOfResponses } from './mock_questions.js';
import { streamResponse } from './mock_responses.js';

// A model on loopback that does what the last words of the user say: see mock_model_rules.ts.
// Prints its address, and then a line for each request.

async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const path = request.url?.split('?')[0] ?? '';
  const body = parseObject(await text(request)) ?? {};
  const api = request.method === 'POST' ? path : '';
  if (api.endsWith('/messages')) {
    answer(response, questionOfMessages(body), (question, words) => {
      if (body['stream'] === true) streamMessage(new EventStream(response), question, words);
      else reply(response, 200, wholeMessage('msg_whole', question, words));
    });
  } else if (api.endsWith('/messages/count_tokens')) {
    reply(response, 200, { input_tokens: questionOfMessages(body).inputTokens });
  } else if (api.endsWith('/responses')) {
    answer(response, questionOfResponses(body), (question, words) => {
      streamResponse(new EventStream(response), question, words);
    });
  } else {
    tell(`${request.method} ${path}: nothing there`);
    reply(response, 404, fault('not_found_error', `there is nothing at ${path}`));
  }
}

function answer(
  response: ServerResponse,
  question: Question,
  say: (question: Question, words: Extract<Answer, { kind: 'words' }>) => void,
): void {
  const wanted = answerTo(question);
  tell(`${question.model}: ${JSON.stringify(question.words)} -> ${JSON.stringify(wanted)}`);
  switch (wanted.kind) {
    case 'failure':
      reply(response, wanted.status, fault('api_error', `mock failure ${wanted.status}`));
      return;
    case 'words':
      say(question, wanted);
  }
}

/** As both services tell of one. */
function fault(type: string, message: string): object {
  return { type: 'error', error: { type, message } };
}

function reply(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

const server = createServer((request, response) => {
  serve(request, response).catch((error: unknown) => {
    // The client has gone, as a rule.
    tell(`broken off: ${String(error)}`);
    response.destroy();
  });
});
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  if (address !== null && typeof address === 'object') tell(`http://127.0.0.1:${address.port}`);
});
