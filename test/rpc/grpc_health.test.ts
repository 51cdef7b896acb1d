import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { credentials, type ServiceError, status } from '@grpc/grpc-js';
import {
  type HealthCheckResponse,
  HealthClient,
  type HealthListResponse,
  HealthService,
  HealthCheckResponse_ServingStatus as ServingStatus,
} from '@tenure/client/gen/grpc/health/v1/health';
import { grpcHealthHandlers } from '../../src/rpc/grpc_health.js';
import { ServingRegistry } from '../../src/rpc/serving_registry.js';
import { until } from '../os/child_process.js';
import { endOf, serving } from './serving.js';

const LEASES = 'tenure.lease.v1.LeaseService';

async function health(t: TestContext) {
  const { path, server } = await serving(t);
  const registry = new ServingRegistry();
  registry.set('', true);
  registry.set(LEASES, false);
  server.register(HealthService, grpcHealthHandlers(registry));
  const client = new HealthClient(`unix:${path}`, credentials.createInsecure());
  t.after(() => client.close());
  return { client, registry, server };
}

test('a check answers for one service, and does not know others', async (t) => {
  const { client, registry } = await health(t);
  const check = (service: string): Promise<number> =>
    new Promise((resolve) => {
      client.check({ service }, (error: ServiceError | null, answer?: HealthCheckResponse) =>
        resolve(error === null ? (answer?.status ?? -1) : -error.code),
      );
    });
  assert.equal(await check(''), ServingStatus.SERVING);
  assert.equal(await check(LEASES), ServingStatus.NOT_SERVING);
  registry.set(LEASES, true);
  assert.equal(await check(LEASES), ServingStatus.SERVING);
  assert.equal(await check('nobody'), -status.NOT_FOUND);
});

test('a list answers for all', async (t) => {
  const { client } = await health(t);
  const answer = await new Promise<HealthListResponse>((resolve, reject) => {
    client.list({}, (error, response) => (error === null ? resolve(response) : reject(error)));
  });
  assert.deepEqual(
    [...answer.statuses].map(([service, { status: serving }]) => [service, serving]),
    [
      ['', ServingStatus.SERVING],
      [LEASES, ServingStatus.NOT_SERVING],
    ],
  );
});

test('a watch tells at once and on each change, and sees NOT_SERVING before a shutdown', async (t) => {
  const { client, registry, server } = await health(t);
  const seen: number[] = [];
  const stream = client.watch({ service: LEASES });
  stream.on('data', ({ status: serving }: HealthCheckResponse) => seen.push(serving));
  const end = endOf(stream);
  await until(() => seen.length === 1, 'the first answer');
  registry.set(LEASES, true);
  registry.set(LEASES, true);
  registry.set('', false);
  await until(() => seen.length === 2, 'the change');
  registry.setAll(false);
  await server.shutdown(5000);
  const outcome = await end;
  assert.deepEqual(seen, [ServingStatus.NOT_SERVING, ServingStatus.SERVING, ServingStatus.NOT_SERVING]);
  assert.equal(outcome.code, status.UNAVAILABLE);
  assert.equal(outcome.reason, 'SHUTTING_DOWN');
});

test('a watch of a service that is not known yet waits for it', async (t) => {
  const { client, registry } = await health(t);
  const seen: number[] = [];
  const stream = client.watch({ service: 'later' });
  stream.on('error', () => undefined);
  stream.on('data', ({ status: serving }: HealthCheckResponse) => seen.push(serving));
  await until(() => seen.length === 1, 'the first answer');
  registry.set('later', true);
  await until(() => seen.length === 2, 'the change');
  assert.deepEqual(seen, [ServingStatus.SERVICE_UNKNOWN, ServingStatus.SERVING]);
  stream.cancel();
});
