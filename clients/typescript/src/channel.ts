import { Channel, type ChannelOptions, connectivityState, credentials } from '@grpc/grpc-js';
import { AuditServiceClient } from './gen/tenure/audit/v1/audit_service.js';
import { HealthServiceClient } from './gen/tenure/health/v1/health_service.js';
import { LeaseServiceClient } from './gen/tenure/lease/v1/lease_service.js';
import { SecretServiceClient } from './gen/tenure/secret/v1/secret_service.js';
import { SessionServiceClient } from './gen/tenure/session/v1/session_service.js';
import { TaskServiceClient } from './gen/tenure/task/v1/task_service.js';

/** A page of 1,000 leases with all their labels is some 20 MB. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

const OPTIONS: ChannelOptions = {
  // A path is no host name; without this the authority is the path, which servers refuse.
  'grpc.default_authority': 'localhost',
  // The shared pool would let one failed connection fail other clients' calls.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.initial_reconnect_backoff_ms': 50,
  'grpc.max_reconnect_backoff_ms': 250,
  'grpc.enable_http_proxy': 0,
  'grpc.enable_channelz': 0,
  // Calls are repeated here, with the same request id, not by the transport.
  'grpc.enable_retries': 0,
  'grpc.service_config_disable_resolution': 1,
  'grpc.max_receive_message_length': LARGEST_ANSWER_BYTES,
};

/** One connection over one socket, and the services on it. */
export class DaemonChannel {
  readonly socketPath: string;
  readonly leases: LeaseServiceClient;
  readonly health: HealthServiceClient;
  readonly secrets: SecretServiceClient;
  readonly audit: AuditServiceClient;
  readonly sessions: SessionServiceClient;
  readonly tasks: TaskServiceClient;
  readonly #channel: Channel;

  constructor(socketPath: string) {
    this.socketPath = socketPath;
    const address = `unix:${socketPath}`;
    const insecure = credentials.createInsecure();
    this.#channel = new Channel(address, insecure, OPTIONS);
    const shared = { channelOverride: this.#channel };
    this.leases = new LeaseServiceClient(address, insecure, shared);
    this.health = new HealthServiceClient(address, insecure, shared);
    this.secrets = new SecretServiceClient(address, insecure, shared);
    this.audit = new AuditServiceClient(address, insecure, shared);
    this.sessions = new SessionServiceClient(address, insecure, shared);
    this.tasks = new TaskServiceClient(address, insecure, shared);
  }

  isReady(): boolean {
    return this.#channel.getConnectivityState(false) === connectivityState.READY;
  }

  /**
   * Connects. Answers whether somebody speaks gRPC at the other end, within
   * the time given. After a failure the answer is no at once, until a try of
   * the channel's own, each 50 to 250 ms, has succeeded.
   */
  connect(timeoutMs: number): Promise<boolean> {
    const deadline = Date.now() + timeoutMs;
    return new Promise((resolve) => {
      const look = (timedOut?: Error) => {
        const state = this.#channel.getConnectivityState(true);
        if (state === connectivityState.READY) {
          resolve(true);
        } else if (timedOut !== undefined || isOver(state)) {
          resolve(false);
        } else {
          this.#channel.watchConnectivityState(state, deadline, look);
        }
      };
      look();
    });
  }

  /** Ends the connection; calls under way fail. */
  close(): void {
    this.#channel.close();
  }
}

function isOver(state: connectivityState): boolean {
  return state === connectivityState.TRANSIENT_FAILURE || state === connectivityState.SHUTDOWN;
}
