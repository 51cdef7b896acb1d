import type { Fuse, FuseAction } from '@tenure/client/gen/tenure/session/v1/session';
import type {
  CancelFuseRequest,
  CancelFuseResponse,
  ExtendFuseRequest,
  ExtendFuseResponse,
  ListFusesRequest,
  ListFusesResponse,
  SetFuseRequest,
  SetFuseResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { actorOf } from '../../rpc/actor.js';
import type { Peer } from '../../rpc/context.js';
import { timestampOfMs } from '../../rpc/durations.js';
import { Refusal } from '../../rpc/refusal.js';
import { checkText, invalid } from '../../rpc/request_checks.js';
import { readAfter, readDeed, readDirectory } from './fuse_request.js';
import type { FuseDeed, StoredFuse } from './fuse_rules.js';
import type { Fuses } from './fuses.js';

const MAX_NAME_BYTES = 1_024;
const MAX_LABEL_BYTES = 256;

type FusePeer = Pick<Peer, 'uid' | 'process' | 'executable' | 'script'>;

export interface FuseServiceParts {
  readonly fuses: Pick<Fuses, 'set' | 'extend' | 'cancel' | 'list'>;
  /** The whole id of a session, by its id or the beginning of it. Rejects with a Refusal. */
  readonly resolveSession: (wanted: string) => Promise<string>;
  /** Whether a session that was launched here is over. */
  readonly hasEnded: (sessionId: string) => boolean;
}

/** The fuses' part of tenure.session.v1.SessionService: checks, calls, answers. */
export class FuseService {
  readonly #parts: FuseServiceParts;

  constructor(parts: FuseServiceParts) {
    this.#parts = parts;
  }

  async set(request: SetFuseRequest, peer: FusePeer): Promise<SetFuseResponse> {
    const { sessionId: wanted, label } = request;
    checkText('session_id', wanted, MAX_NAME_BYTES);
    checkText('label', label, MAX_LABEL_BYTES);
    const directory = readDirectory(request.directory);
    const deed = readDeed(request.action, wanted !== '');
    const afterMs = readAfter(request.after);
    const sessionId = wanted === '' ? '' : await this.#parts.resolveSession(wanted);
    if (deed.kind === 'stop-session' && this.#parts.hasEnded(sessionId)) {
      throw new Refusal('SESSION_ENDED', `session ${sessionId} has ended; there is nothing to stop`);
    }
    const wish = { sessionId, directory, deed, afterMs, label };
    return { fuse: fuseMessage(this.#parts.fuses.set(wish, actorOf(peer))) };
  }

  extend({ fuseId, after }: ExtendFuseRequest, peer: FusePeer): ExtendFuseResponse {
    checkFuseId(fuseId);
    return { fuse: fuseMessage(this.#parts.fuses.extend(fuseId, readAfter(after), actorOf(peer))) };
  }

  cancel({ fuseId }: CancelFuseRequest, peer: FusePeer): CancelFuseResponse {
    checkFuseId(fuseId);
    const cancelled = this.#parts.fuses.cancel(fuseId, actorOf(peer));
    return { cancelled: cancelled && fuseMessage(cancelled) };
  }

  async list(request: ListFusesRequest): Promise<ListFusesResponse> {
    checkText('session_id', request.sessionId, MAX_NAME_BYTES);
    const directory = readDirectory(request.directory);
    const sessionId = await this.#sessionOf(request.sessionId);
    return { fuses: this.#parts.fuses.list({ sessionId, directory }).map(fuseMessage) };
  }

  /** A fuse may outlive what is known of its session: then the whole id names it. */
  async #sessionOf(wanted: string): Promise<string> {
    const { fuses, resolveSession } = this.#parts;
    if (wanted === '' || fuses.list({ sessionId: wanted, directory: '' }).length > 0) return wanted;
    return resolveSession(wanted);
  }
}

function checkFuseId(fuseId: string): void {
  if (fuseId === '') throw invalid('fuse_id', 'is empty; name a fuse');
  checkText('fuse_id', fuseId, MAX_NAME_BYTES);
}

function fuseMessage({ fuseId, sessionId, directory, deed, fireWallMs, setWallMs, label }: StoredFuse): Fuse {
  return {
    fuseId,
    sessionId,
    directory,
    action: { action: actionMessage(deed) },
    fireTime: timestampOfMs(fireWallMs),
    setTime: timestampOfMs(setWallMs),
    label,
  };
}

function actionMessage(deed: FuseDeed): FuseAction['action'] {
  switch (deed.kind) {
    case 'exec':
      return { $case: 'exec', value: deed.command };
    case 'webhook':
      return { $case: 'webhook', value: deed.url };
    case 'stop-session':
      return { $case: 'stopSession', value: true };
    case 'event':
      return { $case: 'event', value: deed.event };
  }
}
