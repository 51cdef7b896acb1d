import { ECHO_MESSAGE, ECHO_SERVICE, type EchoMessage } from './echo_messages.js';
import type { Contender } from './rounds.js';
import type { Workshop } from './workshop.js';

/** Unary calls to a bare echo server, in its own process. */
export async function unaryEcho(workshop: Workshop, inFlight: number): Promise<Contender> {
  const { socketPath, cpu } = await startEcho(workshop);
  const client = workshop.bareClient(socketPath);
  const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.unary;
  return {
    name: `unary echo ${inFlight}`,
    inFlight,
    perTurn: 1,
    serverCpu: cpu,
    turn: (_chain, done, failed) => {
      client.makeUnaryRequest(path, requestSerialize, responseDeserialize, ECHO_MESSAGE, (error) => {
        if (error === null) done();
        else failed(error);
      });
    },
  };
}

/** Single messages on one stream of a bare echo server, in its own process. */
export async function bidiEcho(workshop: Workshop, inFlight: number): Promise<Contender> {
  const { socketPath, cpu } = await startEcho(workshop);
  const client = workshop.bareClient(socketPath);
  const { path, requestSerialize, responseDeserialize } = ECHO_SERVICE.bidi;
  const call = client.makeBidiStreamRequest<EchoMessage, EchoMessage>(path, requestSerialize, responseDeserialize);
  workshop.closing({ close: () => call.end() });
  // Answers come in the order of the messages.
  const waiting: (() => void)[] = [];
  call.on('data', () => waiting.shift()?.());
  return {
    name: `bidi echo ${inFlight}`,
    inFlight,
    perTurn: 1,
    serverCpu: cpu,
    turn: (_chain, done, failed) => {
      if (waiting.length === 0) call.removeAllListeners('error').once('error', failed);
      waiting.push(done);
      call.write(ECHO_MESSAGE);
    },
  };
}

async function startEcho(workshop: Workshop): Promise<{ socketPath: string; cpu: () => number }> {
  const socketPath = `${workshop.newFolder()}.sock`;
  const child = await workshop.startProgram('echo_server', [socketPath]);
  return { socketPath, cpu: () => child.cpu() };
}
