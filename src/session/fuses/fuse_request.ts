import { normalize } from 'node:path';
import type { Duration } from '@tenure/client/gen/google/protobuf/duration';
import type { FuseAction } from '@tenure/client/gen/tenure/session/v1/session';
import { durationToMs } from '../../rpc/durations.js';
import { checkText, invalid } from '../../rpc/request_checks.js';
import { type FuseDeed, isFreeEvent, LONGEST_MS, SHORTEST_MS } from './fuse_rules.js';

const MAX_COMMAND_BYTES = 4_096;
const MAX_URL_BYTES = 4_096;
const MAX_DIRECTORY_BYTES = 4_096;

/** When a fuse goes off, from now. Throws a Refusal. */
export function readAfter(after: Duration | undefined): number {
  const ms = after === undefined ? undefined : durationToMs(after);
  if (ms === undefined || ms < SHORTEST_MS || ms > LONGEST_MS) throw invalid('after', 'must be from 1 s to 366 days');
  return ms;
}

/** One spelling of a directory, which need not be there; empty stays empty. Throws a Refusal. */
export function readDirectory(directory: string): string {
  if (directory === '') return '';
  if (!directory.startsWith('/')) throw invalid('directory', 'is not an absolute path');
  checkText('directory', directory, MAX_DIRECTORY_BYTES);
  const path = normalize(directory);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** Throws a Refusal. */
export function readDeed(wanted: FuseAction | undefined, hasSession: boolean): FuseDeed {
  const action = wanted?.action;
  switch (action?.$case) {
    case 'exec':
      if (action.value.trim() === '') throw invalid('action.exec', 'is empty; say what to run');
      checkText('action.exec', action.value, MAX_COMMAND_BYTES);
      return { kind: 'exec', command: action.value };
    case 'webhook':
      return { kind: 'webhook', url: readUrl(action.value) };
    case 'stopSession':
      if (!action.value) throw invalid('action.stop_session', 'must be true');
      if (!hasSession) throw invalid('session_id', 'is empty; name the session that is to be stopped');
      return { kind: 'stop-session' };
    case 'event':
      if (!isFreeEvent(action.value)) {
        throw invalid(
          'action.event',
          'must begin with `fuse.`, such as fuse.reminder, and be none that the daemon uses itself',
        );
      }
      return { kind: 'event', event: action.value };
    case undefined:
      throw invalid('action', 'is missing; give exec, webhook, stop_session or event');
  }
}

function readUrl(text: string): string {
  checkText('action.webhook', text, MAX_URL_BYTES);
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || !['http:', 'https:'].includes(url.protocol)) {
    throw invalid('action.webhook', 'is no http or https address');
  }
  // Lists show it.
  if (url.password !== '') throw invalid('action.webhook', 'has a password in it, which lists would show');
  return text;
}
