import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';

/** What a server does about a question. */
export type Behaviour = 'answers' | 'hangs' | 'fails' | 'redirects' | 'hangs up';

/** A server that a daemon asks whether all is well. */
export class HeartbeatServer {
  behaviour: Behaviour = 'answers';
  /** Before that, one for each question. */
  readonly next: Behaviour[] = [];
  questions = 0;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async start(context: TestContext): Promise<HeartbeatServer> {
    const server = createServer((request, response) => {
      heartbeat.questions += 1;
      switch (heartbeat.next.shift() ?? heartbeat.behaviour) {
        case 'answers':
          response.writeHead(204).end();
          return;
        case 'hangs':
          return;
        case 'fails':
          response.writeHead(503).end('all is well');
          return;
        case 'redirects':
          response.writeHead(302, { location: '/elsewhere' }).end();
          return;
        case 'hangs up':
          request.socket.destroy();
          return;
      }
    });
    const heartbeat = new HeartbeatServer(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    context.after(() => {
      server.closeAllConnections();
      server.close();
    });
    return heartbeat;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `http://127.0.0.1:${port}/beat`;
  }
}
