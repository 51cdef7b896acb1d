import type {
  LaunchSessionResponse,
  ListSessionsRequest,
  ListSessionsResponse,
  SessionServiceService,
  WaitSessionRequest,
  WaitSessionResponse,
} from '@tenure/client/gen/tenure/session/v1/session_service';
import { actorOf } from '../rpc/actor.js';
import type { CallContext, Peer } from '../rpc/context.js';
import { durationToMs } from '../rpc/durations.js';
import { type HandlersFor, serverStream, unary } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import { checkText, invalid, readMoment } from '../rpc/request_checks.js';
import type { EventSink } from '../telemetry/events.js';
import type { ConfiguredAgents } from './configured_agents/configured_agents.js';
import type { FuseService } from './fuses/fuse_service.js';
import type { LaunchOutcome } from './launched/launching.js';
import type { Listing } from './listing/listing.js';
import type { SessionView } from './listing/merge_rules.js';
import { isOver, selects } from './listing/session_filter_rules.js';
import type { Watching } from './listing/watching.js';
import { streamOutput } from './output/output_stream.js';
import type { SessionActs } from './session_acts.js';
import { sessionMessage } from './session_message.js';

const MAX_TEXT_BYTES = 1_024;
const MAX_INPUT_BYTES = 65_536;

export interface SessionServiceParts {
  readonly listing: Listing;
  readonly acts: SessionActs;
  readonly watching: Watching;
  readonly agents: ConfiguredAgents;
  readonly fuses: FuseService;
  readonly events: EventSink;
  readonly ownUid: number;
  /** Throws RECONCILING until what earlier runs left is taken up. */
  readonly checkReady: () => void;
}

/** tenure.session.v1.SessionService: converts, calls, answers. */
export function sessionHandlers(parts: SessionServiceParts): HandlersFor<typeof SessionServiceService> {
  const { listing, acts, watching, agents, fuses, checkReady } = parts;
  const whenReady =
    <Request, Answer>(answer: (request: Request, context: CallContext) => Answer) =>
    (request: Request, context: CallContext): Answer => {
      checkReady();
      return answer(request, context);
    };
  const checkName = (wanted: string): string => {
    checkReady();
    if (wanted === '') throw invalid('session_id', 'is empty; name a session');
    checkText('session_id', wanted, MAX_TEXT_BYTES);
    return wanted;
  };
  // To show it, its adapter is asked; to do something with it, only where it was not launched here.
  const find = async (wanted: string) => listing.find(checkName(wanted));
  const named = async (wanted: string) => listing.named(checkName(wanted));
  return {
    launchSession: unary(
      whenReady(async (request, { peer }) => {
        ownUser(peer, parts.ownUid);
        return launchAnswer(parts, await acts.launch(request, peer));
      }),
      { role: 'client' },
    ),
    resumeSession: unary(
      whenReady(async (request, { peer }) => {
        ownUser(peer, parts.ownUid);
        return launchAnswer(parts, await acts.resume(() => find(request.sessionId), request, peer));
      }),
      { role: 'client' },
    ),
    getSession: unary(async ({ sessionId }) => ({ session: sessionMessage(await find(sessionId)) }), {
      role: 'viewer',
    }),
    listSessions: unary(
      whenReady((request) => list(listing, request)),
      { role: 'viewer' },
    ),
    watchSessions: serverStream(
      (request, _context, out) => {
        checkReady();
        listing.checkFilter(request.filter);
        return watching.serve(request, out);
      },
      { role: 'viewer' },
    ),
    streamOutput: serverStream(
      async (request, { peer, signal }, out) => {
        // What a session prints is its user's business.
        ownUser(peer, parts.ownUid);
        await streamOutput(acts, await named(request.sessionId), request, out, signal);
      },
      { role: 'client' },
    ),
    waitSession: unary((request, context) => wait(parts, request, context, named), { role: 'viewer' }),
    sendInput: unary(
      async ({ sessionId, input, close }, { peer, signal }) => {
        if (input.length > MAX_INPUT_BYTES) throw invalid('input', `has more than ${MAX_INPUT_BYTES} bytes`);
        const view = await named(sessionId);
        checkInCharge(acts, view, peer);
        await acts.send(view, input, close, signal);
        return {};
      },
      { role: 'client' },
    ),
    stopSession: unary(
      async ({ sessionId, grace, reason }, { peer, signal }) => {
        checkText('reason', reason, MAX_TEXT_BYTES);
        const graceMs = grace === undefined ? undefined : durationToMs(grace);
        if (grace !== undefined && graceMs === undefined) throw invalid('grace', 'must be from 0 s to 10 years');
        const view = await named(sessionId);
        checkInCharge(acts, view, peer);
        const stopper = { by: 'client', uid: peer.uid, pid: peer.process?.pid ?? 0, reason } as const;
        const endedProcesses = await acts.stop(view, stopper, graceMs, signal);
        parts.events.emit({
          action: 'session.stopped',
          level: 'info',
          success: true,
          actor: actorOf(peer),
          metadata: { sessionId: view.sessionId, endedProcesses, reason },
        });
        return { session: sessionMessage(await listing.again(view)), endedProcesses };
      },
      { role: 'client' },
    ),
    pruneSessions: unary(
      whenReady(async ({ before, group }) => {
        const { count, keptIds } = await acts.prune(readMoment('before', before), group);
        return { pruned: count, keptSessionIds: [...keptIds] };
      }),
      { role: 'operator' },
    ),
    listAgents: unary(
      whenReady(async () => ({ agents: [...(await agents.list())] })),
      { role: 'viewer' },
    ),
    listAdapters: unary(async () => ({ adapters: [...(await listing.adapters())] }), { role: 'viewer' }),
    // They are taken up with the sessions: before that none of them would be there.
    setFuse: unary(
      whenReady((request, { peer }) => fuses.set(request, peer)),
      { role: 'operator' },
    ),
    extendFuse: unary(
      whenReady((request, { peer }) => fuses.extend(request, peer)),
      { role: 'operator' },
    ),
    cancelFuse: unary(
      whenReady((request, { peer }) => fuses.cancel(request, peer)),
      { role: 'operator' },
    ),
    listFuses: unary(
      whenReady((request) => fuses.list(request)),
      { role: 'viewer' },
    ),
  };
}

/** A session runs as the daemon's user: nobody else may start one, or end it. */
function ownUser(peer: Peer, ownUid: number): void {
  if (peer.uid === ownUid || peer.role === 'operator') return;
  throw new Refusal('ROLE_DENIED', `sessions run as uid ${ownUid}; uid ${peer.uid} needs the role operator for that`, {
    role: peer.role,
    required: 'operator',
  });
}

/** An operator, or the session inside which this one was launched. */
function checkInCharge(acts: SessionActs, view: SessionView, peer: Peer): void {
  if (peer.role === 'operator' || acts.isBelow(view, peer)) return;
  throw new Refusal(
    'ROLE_DENIED',
    `session ${view.sessionId} was not launched from within the caller's own; that needs the role operator`,
    { role: peer.role, required: 'operator' },
  );
}

async function launchAnswer({ listing }: SessionServiceParts, outcome: LaunchOutcome): Promise<LaunchSessionResponse> {
  switch (outcome.kind) {
    case 'held':
      return { outcome: { $case: 'held', value: { resource: outcome.resource, held: outcome.held } } };
    case 'launched': {
      const value = sessionMessage(await listing.named(outcome.record.sessionId));
      return { outcome: { $case: 'launched', value } };
    }
  }
}

async function list(listing: Listing, { filter, ended }: ListSessionsRequest): Promise<ListSessionsResponse> {
  listing.checkFilter(filter);
  const { views, reports } = await listing.list();
  const sessions = views
    .map(sessionMessage)
    .filter((session) => selects(filter, session) && (ended || !isOver(session)));
  return { sessions, adapters: [...reports] };
}

async function wait(
  { acts, listing }: SessionServiceParts,
  { sessionId, timeout }: WaitSessionRequest,
  { signal }: CallContext,
  named: Listing['named'],
): Promise<WaitSessionResponse> {
  const timeoutMs = timeout === undefined ? undefined : durationToMs(timeout);
  if (timeout !== undefined && timeoutMs === undefined) throw invalid('timeout', 'must be from 0 s to 10 years');
  const view = await named(sessionId);
  await acts.waitEnd(view, timeoutMs, signal);
  return { session: sessionMessage(await listing.again(view)) };
}
