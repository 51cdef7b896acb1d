import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { AuditServiceService } from '@tenure/client/gen/tenure/audit/v1/audit_service';
import { createAuditService } from '../../src/audit/service.js';
import type { Role } from '../../src/rpc/context.js';
import { Peers } from '../../src/rpc/peers.js';
import { RpcServer } from '../../src/rpc/server.js';
import type { AuditLog } from '../../src/telemetry/audit_log.js';
import { temporaryFolder } from '../os/child_process.js';

const NO_LOG = { debug: () => undefined, warn: () => undefined, error: () => undefined };

/** Serves an audit log on a socket of its own, and answers its path. Gone after the test. */
export async function serveAudit(
  t: TestContext,
  log: AuditLog,
  options: { role?: Role; maxWatches?: number } = {},
): Promise<string> {
  const peers = new Peers({ host: 'testhost', bootId: 'testboot', roleOf: () => options.role ?? 'viewer' });
  const server = new RpcServer({ peers, log: NO_LOG });
  server.register(AuditServiceService, createAuditService(log, options.maxWatches));
  const path = join(temporaryFolder(t), 's.sock');
  await server.listen(path);
  t.after(() => server.shutdown(0));
  return path;
}
