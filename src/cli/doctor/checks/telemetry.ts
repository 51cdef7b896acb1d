import { connect } from 'node:net';
import { tracesEndpoint } from '../../../opentelemetry/settings_rules.js';
import { systemWords } from '../../system_words.js';
import { type Check, type Finding, ok, warning } from '../finding.js';

/** A collector that is there accepts a connection at once; one behind a firewall may never answer. */
const TIME_LIMIT_MS = 3_000;
const REMEDY = 'start the collector, or mend or take away the variable; commands work all the same';

export const telemetryCheck: Check = {
  id: 'telemetry',
  looksAt: "whether a collector listens where OTEL_* sends commands' traces; of the daemon's own, see warnings",
  async examine({ environment }) {
    const traces = tracesEndpoint(environment);
    if (traces === undefined) return [ok('commands send no traces')];
    return [await findingOf(traces)];
  },
};

async function findingOf({ variable, endpoint }: { variable: string; endpoint: string }): Promise<Finding> {
  // That of OTLP over gRPC may have no scheme.
  const address = endpoint.includes('://') ? endpoint : `http://${endpoint}`;
  if (!URL.canParse(address)) {
    return warning(`${variable} is no address: traces of commands are lost`, 'give it one like http://localhost:4318');
  }
  const url = new URL(address);
  const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
  // Without what may stand before the host, or behind it.
  const place = `${url.hostname}:${port}`;
  const fault = await tryToConnect(url.hostname.replace(/^\[|\]$/g, ''), port);
  if (fault === undefined) return ok(`a collector listens on ${place}, for traces of commands`);
  return warning(
    `no collector answers on ${place} (${variable}): ${fault}; traces are lost, and commands wait for it at their end`,
    REMEDY,
  );
}

/** Why nobody accepts a connection there; undefined where somebody does. */
function tryToConnect(host: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ host, port, timeout: TIME_LIMIT_MS });
    const end = (fault: string | undefined): void => {
      socket.destroy();
      resolve(fault);
    };
    socket.once('connect', () => end(undefined));
    socket.once('timeout', () => end(`no answer within ${TIME_LIMIT_MS / 1_000} s`));
    socket.once('error', (error) => end(systemWords(error)));
  });
}
