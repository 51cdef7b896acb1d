import type { CallOptions, Fields } from './call_options.js';
import type { SessionLimits } from './gen/tenure/session/v1/session.js';
import type {
  CancelFuseRequest,
  CancelFuseResponse,
  ExtendFuseRequest,
  ExtendFuseResponse,
  GetSessionRequest,
  GetSessionResponse,
  LaunchSessionRequest,
  LaunchSessionResponse,
  ListAdaptersResponse,
  ListAgentsResponse,
  ListFusesRequest,
  ListFusesResponse,
  ListSessionsRequest,
  ListSessionsResponse,
  PruneSessionsRequest,
  PruneSessionsResponse,
  ResumeSessionRequest,
  ResumeSessionResponse,
  SendInputRequest,
  SendInputResponse,
  SessionFilter,
  SetFuseRequest,
  SetFuseResponse,
  StopSessionRequest,
  StopSessionResponse,
  WaitSessionRequest,
  WaitSessionResponse,
  WorktreeWish,
} from './gen/tenure/session/v1/session_service.js';

interface LimitFields {
  readonly limits?: Fields<SessionLimits> | undefined;
}

/** A launch, in the contract's own terms. */
export type LaunchSessionFields = Fields<Omit<LaunchSessionRequest, 'limits' | 'worktree'>> &
  LimitFields & { readonly worktree?: Fields<WorktreeWish> | undefined };

/** A resumption, in the contract's own terms. */
export type ResumeSessionFields = Fields<Omit<ResumeSessionRequest, 'limits'>> & LimitFields;

/** A list request, in the contract's own terms. */
export type ListSessionsFields = Fields<Omit<ListSessionsRequest, 'filter'>> & {
  readonly filter?: Fields<SessionFilter> | undefined;
};

/**
 * The contract's calls for sessions and fuses. To follow sessions, see
 * `Client.watchSessions`, for what one prints `Client.streamOutput`.
 *
 * `sendInput` and `setFuse` would do a second thing when made twice: they are
 * not repeated when the connection breaks under them, but throw UNREACHABLE
 * with `maybe_done` in the metadata. The others are repeated.
 */
export interface Sessions {
  /**
   * A request id is made where none is given. That somebody else has the
   * directory is an answer. Waits as long as worktree and `onCreate` take.
   */
  launchSession(request: LaunchSessionFields, options?: CallOptions): Promise<LaunchSessionResponse>;
  /** A request id is made where none is given. */
  resumeSession(request: ResumeSessionFields, options?: CallOptions): Promise<ResumeSessionResponse>;
  getSession(request: Fields<GetSessionRequest>, options?: CallOptions): Promise<GetSessionResponse>;
  listSessions(request?: ListSessionsFields, options?: CallOptions): Promise<ListSessionsResponse>;
  /**
   * Waits as long as it takes, over restarts of the daemon too, where neither
   * `timeout` nor `timeoutMs` says otherwise. A daemon that stays away is
   * UNREACHABLE in the ordinary time.
   */
  waitSession(request: Fields<WaitSessionRequest>, options?: CallOptions): Promise<WaitSessionResponse>;
  sendInput(request: Fields<SendInputRequest>, options?: CallOptions): Promise<SendInputResponse>;
  /** Waits until all of the session is gone. */
  stopSession(request: Fields<StopSessionRequest>, options?: CallOptions): Promise<StopSessionResponse>;
  /** Forgets those that have ended; the answer's `keptSessionIds` have left something running, and stay. */
  pruneSessions(request?: Fields<PruneSessionsRequest>, options?: CallOptions): Promise<PruneSessionsResponse>;
  listAgents(options?: CallOptions): Promise<ListAgentsResponse>;
  listAdapters(options?: CallOptions): Promise<ListAdaptersResponse>;
  setFuse(request: Fields<SetFuseRequest>, options?: CallOptions): Promise<SetFuseResponse>;
  extendFuse(request: Fields<ExtendFuseRequest>, options?: CallOptions): Promise<ExtendFuseResponse>;
  cancelFuse(request: Fields<CancelFuseRequest>, options?: CallOptions): Promise<CancelFuseResponse>;
  listFuses(request?: Fields<ListFusesRequest>, options?: CallOptions): Promise<ListFusesResponse>;
}

/** How to watch sessions. */
export interface WatchSessionsOptions {
  /** Which sessions. Default: all. */
  readonly filter?: Fields<SessionFilter> | undefined;
  /** Only what came after this revision. Default: first a snapshot. */
  readonly afterRevision?: bigint | undefined;
  /** Ends the watch in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told before the events of each snapshot, the first one too: forget what you know. */
  readonly onSnapshot?: (() => void) | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}

/** Which output to read. */
export interface StreamOutputOptions {
  /** The session's whole id: the beginning of one may mean another session after a break. */
  readonly sessionId: string;
  /** Goes on until the session has ended. Default: to the end of what there is. */
  readonly follow?: boolean | undefined;
  /** From this byte of standard output on. Default: the first. */
  readonly stdoutOffset?: bigint | undefined;
  /** The same for standard error. */
  readonly stderrOffset?: bigint | undefined;
  /** Only the last so many bytes of each; does not go with offsets. */
  readonly tailBytes?: bigint | undefined;
  /** Ends the stream in order, without an error. */
  readonly signal?: AbortSignal | undefined;
  /** Told when the connection broke, before it is tried again. */
  readonly onBreak?: ((error: Error) => void) | undefined;
}
