import { connect } from '@tenure/client';

/**
 * A program that holds a lease by its standing connection until it is told to
 * stop: `node … holder_process.ts SOCKET RESOURCE TTL_MS`. It prints what befalls it.
 */
const [socketPath = '', resource = '', ttlMs = ''] = process.argv.slice(2);
const say = (line: string) => process.stdout.write(`${line}\n`);

const client = await connect({ socketPath, autostart: false });
const result = await client.withLease({ resource, ttlMs: Number(ttlMs), wait: 'forever' }, async (scope) => {
  say(`held ${scope.lease.lease.fencingToken}`);
  scope.onJeopardy(() => say('jeopardy'));
  scope.onSafe(() => say('safe'));
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    scope.signal.addEventListener('abort', () => {
      say('lost');
      resolve();
    });
  });
});
say(result.status);
await client.close();
