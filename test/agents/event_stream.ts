import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';

/** Server-sent events to one client. */
export class EventStream {
  readonly #response: ServerResponse;

  constructor(response: ServerResponse) {
    this.#response = response;
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
  }

  send(event: string, body: object): void {
    this.#response.write(`event: ${event}\ndata: ${JSON.stringify(body)}\n\n`);
  }

  /** A new one, as services give them: `msg_…`. */
  id(kind: string): string {
    return `${kind}_${randomUUID().replaceAll('-', '')}`;
  }

  end(): void {
    this.#response.end();
  }
}
