import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';

export interface Received {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export type Answer = number | ((request: IncomingMessage, response: ServerResponse) => void);

/** A web server that keeps what it gets, and answers one after the other what it is told; the last again and again. */
export class WebReceiver {
  readonly received: Received[] = [];
  readonly answers: Answer[];
  url = '';

  private constructor(answers: readonly Answer[]) {
    this.answers = [...answers];
  }

  static async open(t: TestContext, ...answers: Answer[]): Promise<WebReceiver> {
    const receiver = new WebReceiver(answers);
    const server = createServer((request, response) => {
      receiver.#take(request, response).catch(() => response.destroy());
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    receiver.url = `http://127.0.0.1:${address.port}/hook`;
    return receiver;
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const { method = '', url: path = '', headers } = request;
    this.received.push({ method, path, headers, body: Buffer.concat(chunks) });
    const answer = this.answers.length > 1 ? this.answers.shift() : this.answers[0];
    if (typeof answer === 'function') answer(request, response);
    else response.writeHead(answer ?? 200).end();
  }
}
