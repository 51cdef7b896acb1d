import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { HealthService } from '@tenure/client/gen/grpc/health/v1/health';
import { ServerReflectionService } from '@tenure/client/gen/grpc/reflection/v1/reflection';
import { ServerReflectionService as ServerReflectionServiceV1Alpha } from '@tenure/client/gen/grpc/reflection/v1alpha/reflection';
import { DESCRIBED_FILES } from '../../src/rpc/descriptor_set.gen.js';
import { grpcHealthHandlers } from '../../src/rpc/grpc_health.js';
import { Reflection, reflectionHandlers, reflectionV1AlphaHandlers } from '../../src/rpc/reflection.js';
import { ServingRegistry } from '../../src/rpc/serving_registry.js';
import { serving } from './serving.js';

const BUF = new URL('../../node_modules/.bin/buf', import.meta.url).pathname;

/** A server that reflects, and an independent client that knows no .proto file. */
async function reflecting(t: TestContext): Promise<(...args: string[]) => Promise<string>> {
  const { path, server } = await serving(t);
  const registry = new ServingRegistry();
  registry.set('', true);
  server.register(HealthService, grpcHealthHandlers(registry));
  const reflection = new Reflection(DESCRIBED_FILES, () => server.services);
  server.register(ServerReflectionService, reflectionHandlers(reflection));
  server.register(ServerReflectionServiceV1Alpha, reflectionV1AlphaHandlers(reflection));
  return async (...args) => {
    const all = ['curl', '--protocol', 'grpc', '--http2-prior-knowledge', '--unix-socket', path, ...args];
    const { stdout } = await promisify(execFile)(BUF, all, { cwd: '/' });
    return stdout;
  };
}

test('what is served is listed, service by service and method by method', async (t) => {
  const curl = await reflecting(t);
  assert.deepEqual((await curl('--list-services', 'http://localhost')).trim().split('\n').sort(), [
    'grpc.health.v1.Health',
    'grpc.reflection.v1.ServerReflection',
    'grpc.reflection.v1alpha.ServerReflection',
    'tenure.lease.v1.LeaseService',
  ]);
  const methods = (await curl('--list-methods', 'http://localhost')).trim().split('\n');
  for (const method of ['AcquireLease', 'HoldLeases', 'WatchLeases', 'ExplainResource']) {
    assert.ok(methods.includes(`tenure.lease.v1.LeaseService/${method}`), method);
  }
});

for (const version of ['v1', 'v1alpha']) {
  test(`methods can be called by reflection alone, ${version}`, async (t) => {
    const curl = await reflecting(t);
    const reflect = ['--reflect', '--reflect-protocol', `grpc-${version}`];
    const check = 'http://localhost/grpc.health.v1.Health/Check';
    assert.deepEqual(JSON.parse(await curl(...reflect, '-d', '{}', check)), { status: 'SERVING' });
    // Needs the imports of imports: timestamps and durations of the well-known types.
    const get = 'http://localhost/tenure.lease.v1.LeaseService/GetLease';
    assert.deepEqual(JSON.parse(await curl(...reflect, '-d', '{"leaseId":"l1"}', get)), {});
  });
}

test('each symbol is found in the file that defines it', () => {
  const reflection = new Reflection(DESCRIBED_FILES, () => []);
  for (const [symbol, fileCount] of [
    ['tenure.lease.v1.LeaseService', 4],
    ['tenure.lease.v1.LeaseService.WatchLeases', 4],
    ['tenure.lease.v1.LeaseEvent', 4],
    ['tenure.lease.v1.LEASE_MODE_EXCLUSIVE', 3],
    ['google.protobuf.Timestamp', 1],
    ['google.rpc.ErrorInfo', 2],
  ] as const) {
    const answer = reflection.answer({ $case: 'fileContainingSymbol', value: symbol });
    assert.equal(answer.$case, 'fileDescriptorResponse', symbol);
    if (answer.$case === 'fileDescriptorResponse') {
      assert.equal(answer.value.fileDescriptorProto.length, fileCount, symbol);
    }
  }
});

test('what does not exist is not found, and asking for nothing is an error of its own', () => {
  const reflection = new Reflection(DESCRIBED_FILES, () => []);
  for (const question of [
    { $case: 'fileContainingSymbol', value: 'tenure.Nothing' },
    { $case: 'fileByFilename', value: 'nothing.proto' },
    { $case: 'fileContainingExtension', value: { containingType: 'tenure.Nothing', extensionNumber: 1 } },
    { $case: 'allExtensionNumbersOfType', value: 'tenure.Nothing' },
  ] as const) {
    const answer = reflection.answer(question);
    assert.equal(answer.$case === 'errorResponse' && answer.value.errorCode, 5, question.$case);
  }
  const none = reflection.answer({ $case: 'allExtensionNumbersOfType', value: 'tenure.lease.v1.Lease' });
  assert.equal(none.$case, 'allExtensionNumbersResponse');
});
