import {
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { ECHO_SERVICE, type EchoMessage } from './echo_messages.js';

/** A bare grpc-js server that sends back what it gets: `node echo_server SOCKET`. */
const [socketPath = ''] = process.argv.slice(2);

const unary: handleUnaryCall<EchoMessage, EchoMessage> = (call, answer) => answer(null, call.request);
const bidi: handleBidiStreamingCall<EchoMessage, EchoMessage> = (call) => {
  call.on('data', (message: EchoMessage) => call.write(message));
  call.on('end', () => call.end());
};
const handlers: UntypedServiceImplementation = { unary, bidi };

const server = new Server({ 'grpc.enable_channelz': 0 });
server.addService(ECHO_SERVICE, handlers);
server.bindAsync(`unix:${socketPath}`, ServerCredentials.createInsecure(), (error) => {
  if (error !== null) throw error;
  process.stdout.write('ready\n');
});
