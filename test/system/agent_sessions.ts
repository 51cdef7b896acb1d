import type { CallOptions, Client } from '@tenure/client';
import { type Session, SessionOutcome } from '@tenure/client/gen/tenure/session/v1/session';
import { OutputStream } from '@tenure/client/gen/tenure/session/v1/session_service';
import { until } from '../e2e/until.js';

type LaunchFields = Parameters<Client['sessions']['launchSession']>[0];

/** Launches an agent and answers the session; what else it is answered is a fault. */
export async function launchAgent(
  client: Client,
  agent: string,
  fields: LaunchFields = {},
  options: CallOptions = {},
): Promise<Session> {
  const { outcome } = await client.sessions.launchSession({ agent, ...fields }, options);
  if (outcome?.$case !== 'launched') throw new Error(`not launched but ${outcome?.$case}`);
  return outcome.value;
}

/** The session after its end. */
export async function endOf(client: Client, sessionId: string): Promise<Session> {
  const { session } = await client.sessions.waitSession({ sessionId });
  if (session === undefined) throw new Error('no session was answered');
  return session;
}

export async function runAgent(client: Client, agent: string, fields: LaunchFields = {}): Promise<Session> {
  return endOf(client, (await launchAgent(client, agent, fields)).sessionId);
}

/** Such as `TIMED_OUT 143`, with the code that the program itself ended with. */
export function outcomeOf({ outcome, exitCode, signal }: Session): string {
  const name = Object.entries(SessionOutcome).find(([, value]) => value === outcome)?.[0];
  return [name, exitCode ?? (signal === 0 ? undefined : `signal ${signal}`)]
    .filter((word) => word !== undefined)
    .join(' ');
}

/** All that a session has printed on standard output so far. */
export async function printed(client: Client, sessionId: string): Promise<string> {
  const pieces: Uint8Array[] = [];
  for await (const { chunk, stream } of client.streamOutput({ sessionId, follow: false })) {
    if (stream === OutputStream.STDOUT) pieces.push(chunk);
  }
  return Buffer.concat(pieces).toString('utf8');
}

export async function untilPrinted(client: Client, sessionId: string, words: string): Promise<void> {
  await until(`${sessionId} to print ${words}`, async () => (await printed(client, sessionId)).includes(words), 60_000);
}
