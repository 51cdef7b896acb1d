import type { TestContext } from 'node:test';
import { status } from '@grpc/grpc-js';
import { OutputStream, Session, SessionState } from '@tenure/client';
import { FakeDaemon, refusal } from '../../client/fake_daemon.js';
import { type CommandOptions, World } from '../../e2e/world.js';

const NOTHING = new Uint8Array(0);

type Answer = object | string | ((request: never) => object | string | undefined);

/** The command line, and a daemon whose sessions are as a test says. */
export class SessionDesk {
  readonly daemon: FakeDaemon;
  readonly world: World;
  /** Answers of the daemon by method; a string is a refusal's reason, undefined no answer. */
  readonly answers: Record<string, Answer> = {};

  private constructor(context: TestContext, daemon: FakeDaemon) {
    this.daemon = daemon;
    this.world = new World(context, {
      env: { TENURE_SOCKET: daemon.socketPath, TENURE_AUTOSTART: '0', HOME: '/home/me' },
    });
    daemon.sessions.run = ({ method, request }, answer) => {
      const given = this.answers[method];
      const answered = typeof given === 'function' ? given(request as never) : given;
      if (typeof answered === 'object') answer(null, answered);
      else if (typeof answered === 'string') answer(refusal(status.FAILED_PRECONDITION, answered));
      else if (given === undefined) answer({ code: status.UNIMPLEMENTED });
    };
  }

  static async open(context: TestContext): Promise<SessionDesk> {
    return new SessionDesk(context, await FakeDaemon.start(context));
  }

  /** `tenure …`, to its end. */
  run(args: readonly string[], options: CommandOptions = {}) {
    return this.world.run(args, options);
  }

  /** What sessions print, each byte once: a stream from its offsets, or its tail. */
  prints(stdout: string, stderr = ''): void {
    this.daemon.sessions.onOutput = (call) => {
      const { tailBytes, stdoutOffset, stderrOffset } = call.request;
      for (const [stream, text, offset] of [
        [OutputStream.STDOUT, Buffer.from(stdout), stdoutOffset],
        [OutputStream.STDERR, Buffer.from(stderr), stderrOffset],
      ] as const) {
        const begin = tailBytes > 0n ? Math.max(0, text.length - Number(tailBytes)) : Number(offset);
        const chunk = text.subarray(begin);
        if (chunk.length > 0) call.write({ stream, offset: BigInt(begin), chunk });
      }
      call.end();
    };
  }

  /** The methods that were called. */
  get called(): readonly string[] {
    return this.daemon.sessions.received.map(({ method }) => method);
  }

  /** The requests of a method. */
  requestsOf(method: string): readonly Record<string, unknown>[] {
    return this.daemon.sessions.received
      .filter((call) => call.method === method)
      .map(({ request }) => ({ ...Object(request) }));
  }
}

export function session(sessionId: string, fields: Partial<Session> = {}): Session {
  return {
    ...Session.decode(NOTHING),
    sessionId,
    adapter: 'process',
    state: SessionState.RUNNING,
    launched: true,
    directory: '/home/me/repo',
    command: 'sh',
    ...fields,
  };
}
