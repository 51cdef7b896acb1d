import type { Fields } from './call_options.js';
import { durationFromMillis, durationToMillis } from './duration.js';
import { SessionLimits } from './gen/tenure/session/v1/session.js';
import {
  CancelFuseRequest,
  ExtendFuseRequest,
  GetSessionRequest,
  LaunchSessionRequest,
  ListFusesRequest,
  ListSessionsRequest,
  PruneSessionsRequest,
  ResumeSessionRequest,
  SendInputRequest,
  SessionFilter,
  SetFuseRequest,
  StopSessionRequest,
  WaitSessionRequest,
  WorktreeWish,
} from './gen/tenure/session/v1/session_service.js';
import type { RequestIds } from './request_ids.js';
import { complete } from './requests.js';
import type { Sessions } from './sessions.js';
import type { SingleCalls } from './single_calls.js';

/** Time for asking all adapters, twice where a call looks before and after it does something. */
const ADAPTERS_MS = 10_000;
/** Time for a worktree and an on-create command, in milliseconds: several times what the daemon gives them by default. */
const LAUNCH_MS = 600_000;

/** See `Client.sessions`. */
export function sessionCalls(calls: SingleCalls, requestIds: RequestIds): Sessions {
  return {
    launchSession({ limits, worktree, ...fields }, options) {
      const request = complete(LaunchSessionRequest, {
        ...fields,
        limits: completeLimits(limits),
        worktree: worktree === undefined ? undefined : complete(WorktreeWish, worktree),
      });
      // Without one, a repetition after a break could be a second session.
      request.requestId ||= requestIds.next();
      return calls.working(({ sessions }, ...rest) => sessions.launchSession(request, ...rest), options, LAUNCH_MS);
    },
    resumeSession({ limits, ...fields }, options) {
      const request = complete(ResumeSessionRequest, { ...fields, limits: completeLimits(limits) });
      request.requestId ||= requestIds.next();
      return calls.working(({ sessions }, ...rest) => sessions.resumeSession(request, ...rest), options, LAUNCH_MS);
    },
    getSession(fields, options) {
      const request = complete(GetSessionRequest, fields);
      return calls.working(({ sessions }, ...rest) => sessions.getSession(request, ...rest), options, ADAPTERS_MS);
    },
    listSessions({ filter, ...fields } = {}, options) {
      const request = complete(ListSessionsRequest, { ...fields, filter: completeSessionFilter(filter) });
      return calls.working(({ sessions }, ...rest) => sessions.listSessions(request, ...rest), options, ADAPTERS_MS);
    },
    waitSession(fields, options) {
      const request = complete(WaitSessionRequest, fields);
      const waitMs = request.timeout === undefined ? Number.POSITIVE_INFINITY : durationToMillis(request.timeout);
      const end = performance.now() + waitMs;
      return calls.working(
        ({ sessions }, ...rest) => {
          // A repetition after a break waits for what is left.
          const leftMs = Math.max(0, end - performance.now());
          const timeout = request.timeout === undefined ? undefined : durationFromMillis(leftMs);
          return sessions.waitSession({ ...request, timeout }, ...rest);
        },
        options,
        waitMs + ADAPTERS_MS,
      );
    },
    sendInput(fields, options) {
      const request = complete(SendInputRequest, fields);
      return calls.once(({ sessions }, ...rest) => sessions.sendInput(request, ...rest), options, {
        doubt: 'the input may have been written: `tenure session logs` shows what the session made of it',
        workMs: ADAPTERS_MS,
      });
    },
    stopSession(fields, options) {
      const request = complete(StopSessionRequest, fields);
      // How long its grace is may be the daemon's to say.
      const { POSITIVE_INFINITY } = Number;
      return calls.working(
        ({ sessions }, ...rest) => sessions.stopSession(request, ...rest),
        options,
        POSITIVE_INFINITY,
      );
    },
    pruneSessions(fields = {}, options) {
      const request = complete(PruneSessionsRequest, fields);
      return calls.repeated(({ sessions }, ...rest) => sessions.pruneSessions(request, ...rest), options);
    },
    listAgents(options) {
      return calls.working(({ sessions }, ...rest) => sessions.listAgents({}, ...rest), options, ADAPTERS_MS);
    },
    listAdapters(options) {
      return calls.working(({ sessions }, ...rest) => sessions.listAdapters({}, ...rest), options, ADAPTERS_MS);
    },
    setFuse(fields, options) {
      const request = complete(SetFuseRequest, fields);
      return calls.once(({ sessions }, ...rest) => sessions.setFuse(request, ...rest), options, {
        doubt: 'the fuse may be set: `tenure fuse list` shows it',
        workMs: ADAPTERS_MS,
      });
    },
    extendFuse(fields, options) {
      const request = complete(ExtendFuseRequest, fields);
      return calls.repeated(({ sessions }, ...rest) => sessions.extendFuse(request, ...rest), options);
    },
    cancelFuse(fields, options) {
      const request = complete(CancelFuseRequest, fields);
      return calls.repeated(({ sessions }, ...rest) => sessions.cancelFuse(request, ...rest), options);
    },
    listFuses(fields = {}, options) {
      const request = complete(ListFusesRequest, fields);
      return calls.working(({ sessions }, ...rest) => sessions.listFuses(request, ...rest), options, ADAPTERS_MS);
    },
  };
}

export function completeSessionFilter(filter: Fields<SessionFilter> | undefined): SessionFilter | undefined {
  return filter === undefined ? undefined : complete(SessionFilter, filter);
}

function completeLimits(limits: Fields<SessionLimits> | undefined): SessionLimits | undefined {
  return limits === undefined ? undefined : complete(SessionLimits, limits);
}
