import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { readMetricsPlace } from '../../src/daemon/config/config_telemetry_keys.js';
import { acquireOutcome, attributesOf, secretOf } from '../../src/opentelemetry/attribute_rules.js';
import { headSampling, isKept } from '../../src/opentelemetry/head_sampling_rules.js';
import {
  isWanted,
  metricsExporters,
  prometheusPlace,
  sdkVariables,
  type TelemetrySettings,
  tracesEndpoint,
} from '../../src/opentelemetry/settings_rules.js';

const SETTINGS: TelemetrySettings = {
  endpoint: undefined,
  protocol: 'http/protobuf',
  traces: true,
  metrics: true,
  logs: true,
  sampling: 1,
  serviceName: 'tenured',
};

describe('whether OpenTelemetry is asked for', () => {
  test('by an endpoint or an exporter, unless it is disabled', () => {
    assert.equal(isWanted({}), false);
    assert.equal(isWanted({ OTEL_SERVICE_NAME: 'x', OTEL_EXPORTER_OTLP_ENDPOINT: ' ' }), false);
    assert.equal(isWanted({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://x' }), true);
    assert.equal(isWanted({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://x' }), true);
    assert.equal(isWanted({ OTEL_TRACES_EXPORTER: 'console' }), true);
    assert.equal(isWanted({ OTEL_TRACES_EXPORTER: 'none' }), false);
    assert.equal(isWanted({ OTEL_TRACES_EXPORTER: 'otlp', OTEL_SDK_DISABLED: 'TRUE' }), false);
  });

  test("a command's traces go where the variables send them", () => {
    const endpointOf = (environment: Record<string, string>) => tracesEndpoint(environment)?.endpoint;
    const all = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a' };
    assert.equal(endpointOf({}), undefined);
    assert.equal(endpointOf(all), 'http://a');
    assert.equal(endpointOf({ ...all, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b' }), 'http://b');
    assert.equal(endpointOf({ ...all, OTEL_TRACES_EXPORTER: 'none' }), undefined);
    assert.equal(endpointOf({ ...all, OTEL_TRACES_EXPORTER: 'console' }), undefined);
    assert.equal(endpointOf({ ...all, OTEL_SDK_DISABLED: 'true' }), undefined);
    assert.equal(endpointOf({ OTEL_EXPORTER_OTLP_METRICS_ENDPOINT: 'http://a' }), undefined);
    assert.equal(endpointOf({ OTEL_TRACES_EXPORTER: 'otlp' }), 'http://localhost:4318');
    const grpc = { OTEL_TRACES_EXPORTER: 'otlp', OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' };
    assert.equal(endpointOf(grpc), 'http://localhost:4317');
  });

  test('without an endpoint nothing is exported that was not named', () => {
    const none = { OTEL_TRACES_EXPORTER: 'none', OTEL_METRICS_EXPORTER: 'none', OTEL_LOGS_EXPORTER: 'none' };
    assert.deepEqual(sdkVariables({}, SETTINGS), { ...none, OTEL_SERVICE_NAME: 'tenured' });
    assert.deepEqual(sdkVariables({ OTEL_LOGS_EXPORTER: 'console', OTEL_SERVICE_NAME: 'x' }, SETTINGS), {
      OTEL_TRACES_EXPORTER: 'none',
      OTEL_METRICS_EXPORTER: 'none',
    });
  });

  test('the configuration adds its own, and the environment comes first', () => {
    const settings = {
      ...SETTINGS,
      endpoint: 'http://configured',
      protocol: 'grpc',
      logs: false,
      sampling: 0.01,
    } as const;
    assert.deepEqual(sdkVariables({}, settings), {
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://configured',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_METRICS_EXPORTER: 'otlp',
      OTEL_LOGS_EXPORTER: 'none',
      OTEL_TRACES_SAMPLER: 'parentbased_traceidratio',
      OTEL_TRACES_SAMPLER_ARG: '0.01',
      OTEL_SERVICE_NAME: 'tenured',
    });
    const given = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://given', OTEL_TRACES_SAMPLER: 'always_on' };
    const added = sdkVariables(given, settings);
    for (const name of [...Object.keys(given), 'OTEL_EXPORTER_OTLP_PROTOCOL'])
      assert.equal(added[name], undefined, name);
  });

  test('metrics for Prometheus stay on this machine', () => {
    assert.equal(prometheusPlace({ OTEL_METRICS_EXPORTER: 'otlp' }), undefined);
    const place = { kind: 'tcp', host: '127.0.0.1', port: 9464 };
    assert.deepEqual(prometheusPlace({ OTEL_METRICS_EXPORTER: 'otlp, prometheus' }), { place, refused: undefined });
    const open = { OTEL_METRICS_EXPORTER: 'prometheus', OTEL_EXPORTER_PROMETHEUS_HOST: '0.0.0.0' };
    assert.deepEqual(prometheusPlace(open), { place, refused: '0.0.0.0' });
    assert.deepEqual(metricsExporters('prometheus,none'), []);
    for (const text of ['127.0.0.1:1', 'localhost:9464', '[::1]:65535', '/run/x.sock'])
      assert.ok(readMetricsPlace(text));
    const refused = [
      '9464',
      ':9464',
      '0.0.0.0:9464',
      '[::]:9464',
      '10.0.0.1:9464',
      'example.org:80',
      '127.0.0.1:0',
      'x.sock',
    ];
    for (const text of [...refused, '127.0.0.1:65536', `/${'x'.repeat(107)}`])
      assert.equal(readMetricsPlace(text), undefined, text);
  });
});

describe('attributes of messages', () => {
  test('tell resources, clients, leases and sessions, as lists where there are several', () => {
    const request = { wishes: [{ resource: 'a' }, { resource: 'b' }], clientId: 'c', reason: 'r' };
    assert.deepEqual(attributesOf(request), { 'tenure.resource': ['a', 'b'], 'tenure.client_id': 'c' });
    const lease = { leaseId: 'l1', resource: 'a', clientId: '' };
    const answer = {
      results: [{ resource: 'a', outcome: { $case: 'granted', value: { lease, ownerToken: 'tno_x' } } }],
    };
    assert.deepEqual(attributesOf(answer), { 'tenure.resource': 'a', 'tenure.lease_id': 'l1' });
    assert.equal(acquireOutcome(answer), 'granted');
    assert.equal(acquireOutcome({ results: [...answer.results, { outcome: { $case: 'held' } }] }), 'held');
    assert.equal(acquireOutcome(undefined), undefined);
  });

  test('name the secret that a call of its service is about, and no other name', () => {
    const service = 'tenure.secret.v1.SecretService';
    assert.deepEqual(secretOf(service, { name: 'team/key', value: 'v' }), { 'tenure.resource': 'secret/team/key' });
    const rotated = { target: { $case: 'name', value: 'key' } };
    assert.deepEqual(secretOf(service, rotated), { 'tenure.resource': 'secret/key' });
    assert.deepEqual(secretOf(service, { target: { $case: 'namespace', value: 'team' } }), {});
    assert.deepEqual(secretOf(service, { name: '' }), {});
    assert.deepEqual(secretOf('tenure.task.v1.TaskService', { name: 'backup' }), {});
  });

  test('are never what stands in any other field, however deep', () => {
    const known = ['resource', 'clientId', 'leaseId', 'sessionId', 'fuseId', 'task', 'runId', 'adapter'];
    const secret = 'SECRET';
    const message = fc.letrec((tie) => ({
      any: fc.oneof(
        { depthSize: 'small' },
        fc.constant(secret),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(
          fc.oneof(
            fc.constantFrom('wishes', 'results', 'value', 'lease', 'ownerToken', 'metadata', 'toString'),
            fc.string(),
          ),
          tie('any'),
        ),
      ),
    }));
    fc.assert(
      fc.property(message.any, (value) => {
        const hasKnown = known.some((field) => JSON.stringify(value)?.includes(`"${field}":`));
        return hasKnown || !JSON.stringify(attributesOf(value)).includes(secret);
      }),
    );
  });
});

describe('which traces are kept', () => {
  test('those that their callers keep, and a share of those that begin here', () => {
    const environment = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' };
    const { share, variables } = headSampling(environment);
    assert.equal(share, 0.25);
    assert.equal(variables['OTEL_TRACES_SAMPLER'], 'parentbased_always_on', 'the SDK does not choose a second time');
    const of = (flags: string) => `00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-${flags}`;
    for (const chance of [0, 0.24, 0.25, 0.99]) {
      assert.equal(isKept(undefined, share, chance), chance < 0.25);
      assert.equal(isKept('malformed', share, chance), chance < 0.25);
      assert.equal(isKept(of('01'), share, chance), true);
      assert.equal(isKept(of('00'), share, chance), false);
    }
  });

  test('any other sampler is the SDK’s', () => {
    const sharesOf = (samplers: readonly (string | undefined)[]) =>
      samplers.map((sampler) => headSampling({ OTEL_TRACES_SAMPLER: sampler, OTEL_TRACES_SAMPLER_ARG: '0.1' }));
    const ofCallers = { share: 1, variables: {} };
    assert.deepEqual(sharesOf([undefined, 'parentbased_always_on']), [ofCallers, ofCallers]);
    const ofSdk = { share: undefined, variables: {} };
    assert.deepEqual(sharesOf(['always_on', 'always_off', 'traceidratio']), [ofSdk, ofSdk, ofSdk]);
    const unsampled = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    assert.equal(isKept(unsampled, undefined, 0.5), true, 'the SDK may keep it, whatever the caller does');
  });
});
