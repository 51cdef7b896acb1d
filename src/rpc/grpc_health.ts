import { status } from '@grpc/grpc-js';
import {
  type HealthCheckResponse,
  type HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@tenure/client/gen/grpc/health/v1/health';
import { type HandlersFor, serverStream, unary } from './handlers.js';
import { ProtocolStatus } from './protocol_status.js';
import type { ServingRegistry } from './serving_registry.js';

/** grpc.health.v1, as load balancers, probes and grpcurl know it. */
export function grpcHealthHandlers(registry: ServingRegistry): HandlersFor<HealthService> {
  return {
    check: unary(
      ({ service }) => {
        const serving = registry.get(service);
        // The protocol's own answer; it knows no reasons.
        if (serving === undefined) throw new ProtocolStatus(status.NOT_FOUND, `no service ${service}`);
        return answer(serving);
      },
      { role: 'viewer' },
    ),
    list: unary(
      () => ({ statuses: new Map([...registry.all()].map(([service, serving]) => [service, answer(serving)])) }),
      { role: 'viewer' },
    ),
    watch: serverStream(
      async ({ service }, _context, out) => {
        // Few and small: a watcher that does not read is ended by the server's own bound.
        out.write(answer(registry.get(service)));
        const unsubscribe = registry.onChange((changed, serving) => {
          if (changed === service) out.write(answer(serving));
        });
        try {
          await new Promise<void>((resolve) => {
            out.closed.addEventListener('abort', () => resolve(), { once: true });
          });
        } finally {
          unsubscribe();
        }
      },
      { role: 'viewer' },
    ),
  };
}

function answer(serving: boolean | undefined): HealthCheckResponse {
  if (serving === undefined) return { status: ServingStatus.SERVICE_UNKNOWN };
  return { status: serving ? ServingStatus.SERVING : ServingStatus.NOT_SERVING };
}
