import { HealthService } from '@tenure/client/gen/grpc/health/v1/health';
import { ServerReflectionService } from '@tenure/client/gen/grpc/reflection/v1/reflection';
import { ServerReflectionService as ServerReflectionServiceV1Alpha } from '@tenure/client/gen/grpc/reflection/v1alpha/reflection';
import { AuditServiceService } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { HealthServiceService } from '@tenure/client/gen/tenure/health/v1/health_service';
import { LeaseServiceService } from '@tenure/client/gen/tenure/lease/v1/lease_service';
import { SecretServiceService } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { SessionServiceService } from '@tenure/client/gen/tenure/session/v1/session_service';
import { TaskServiceService } from '@tenure/client/gen/tenure/task/v1/task_service';
import { DESCRIBED_FILES } from '../rpc/descriptor_set.gen.js';
import { grpcHealthHandlers } from '../rpc/grpc_health.js';
import type { HandlersFor } from '../rpc/handlers.js';
import { Reflection, reflectionHandlers, reflectionV1AlphaHandlers } from '../rpc/reflection.js';
import type { RpcServer } from '../rpc/server.js';
import type { ServingRegistry } from '../rpc/serving_registry.js';

export interface ServiceHandlers {
  readonly leases: HandlersFor<LeaseServiceService>;
  readonly secrets: HandlersFor<SecretServiceService>;
  readonly sessions: HandlersFor<SessionServiceService>;
  readonly tasks: HandlersFor<TaskServiceService>;
  readonly audit: HandlersFor<AuditServiceService>;
  readonly health: HandlersFor<HealthServiceService>;
}

/** Puts all services on the server; none of them counts as serving yet. */
export function registerServices(rpc: RpcServer, registry: ServingRegistry, handlers: ServiceHandlers): void {
  rpc.register(LeaseServiceService, handlers.leases);
  rpc.register(SecretServiceService, handlers.secrets);
  rpc.register(SessionServiceService, handlers.sessions);
  rpc.register(TaskServiceService, handlers.tasks);
  rpc.register(AuditServiceService, handlers.audit);
  rpc.register(HealthServiceService, handlers.health);
  rpc.register(HealthService, grpcHealthHandlers(registry));
  const reflection = new Reflection(DESCRIBED_FILES, () => rpc.services);
  rpc.register(ServerReflectionService, reflectionHandlers(reflection));
  rpc.register(ServerReflectionServiceV1Alpha, reflectionV1AlphaHandlers(reflection));
  // The empty name is the daemon as a whole.
  for (const service of ['', ...rpc.services]) registry.set(service, false);
}
