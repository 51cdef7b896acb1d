import { createRequire } from 'node:module';
import { join } from 'node:path';
import { type DiagLogger, DiagLogLevel, diag, trace } from '@opentelemetry/api';
import { setGlobalErrorHandler } from '@opentelemetry/core';
import { GrpcInstrumentation } from '@opentelemetry/instrumentation-grpc';
import { envDetector, hostDetector, resourceFromAttributes } from '@opentelemetry/resources';
import type { IMetricReader } from '@opentelemetry/sdk-metrics';
import { NodeSDK } from '@opentelemetry/sdk-node';
import { CallSpans } from './call_spans.js';

export interface SdkOptions {
  readonly version: string;
  /** Laid over the environment while the SDK reads it, and no longer: they are not for child processes. */
  readonly variables: Readonly<Record<string, string>>;
  readonly metricReaders: () => readonly IMetricReader[];
  /** Without them no events are exported, whatever the environment says. */
  readonly logs: boolean;
  /** Told what the SDK says of its own troubles, such as a collector that does not answer. */
  readonly onTrouble: (message: string) => void;
}

export interface Sdk {
  /** Exports what there is, for so long at most. */
  close(limitMs: number): Promise<void>;
}

/**
 * Starts the SDK, and loads grpc-js behind it: only so is it instrumented. Of
 * the process the resource has its pid alone, for its arguments may hold
 * anything.
 */
export function startSdk({ version, variables, metricReaders, logs, onTrouble }: SdkOptions): Sdk {
  const instrumentation = new GrpcInstrumentation();
  const sdk = withVariables(variables, () => {
    diag.setLogger(troubleLogger(onTrouble), DiagLogLevel.ERROR);
    setGlobalErrorHandler((error) => onTrouble(error instanceof Error ? error.message : String(error)));
    const started = new NodeSDK({
      resource: resourceFromAttributes({ 'service.version': version, 'process.pid': process.pid }),
      resourceDetectors: [envDetector, hostDetector],
      instrumentations: [instrumentation],
      metricReaders: [...metricReaders()],
      ...(logs ? {} : { logRecordProcessors: [] }),
    });
    started.start();
    return started;
  });
  const calls = new CallSpans(trace.getTracerProvider());
  instrumentation.setTracerProvider(calls);
  createRequire(join(import.meta.dirname, 'sdk.js'))('@grpc/grpc-js');
  return {
    close: async (limitMs) => {
      calls.endAll();
      let timer: NodeJS.Timeout | undefined;
      const limit = new Promise<void>((resolve) => {
        timer = setTimeout(resolve, limitMs);
      });
      // What could not be exported was told of as trouble.
      await Promise.race([sdk.shutdown().catch(() => undefined), limit]);
      clearTimeout(timer);
    },
  };
}

function withVariables<T>(variables: Readonly<Record<string, string>>, work: () => T): T {
  const before = Object.keys(variables).map((name) => [name, process.env[name]] as const);
  Object.assign(process.env, variables);
  try {
    return work();
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

/** What the SDK warns of is seldom anything that an operator could mend. */
function troubleLogger(onTrouble: (message: string) => void): DiagLogger {
  const silent = (): void => undefined;
  return { error: (message) => onTrouble(message), warn: silent, info: silent, debug: silent, verbose: silent };
}
