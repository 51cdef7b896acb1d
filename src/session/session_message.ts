import {
  type HookRun,
  type Session,
  type SessionLimits,
  SessionOutcome,
  SessionState,
  type SessionStop,
} from '@tenure/client/gen/tenure/session/v1/session';
import { durationOfMs, timestampOfMs } from '../rpc/durations.js';
import type { AgentRecord, HookRecord, Limits, OutcomeName, StopNote } from './launched/record.js';
import type { SessionView, StateName } from './listing/merge_rules.js';

const STATES: Readonly<Record<StateName, SessionState>> = {
  starting: SessionState.STARTING,
  running: SessionState.RUNNING,
  idle: SessionState.IDLE,
  waiting: SessionState.WAITING,
  stalled: SessionState.STALLED,
  stopping: SessionState.STOPPING,
  ended: SessionState.ENDED,
};

const OUTCOMES: Readonly<Record<OutcomeName, SessionOutcome>> = {
  success: SessionOutcome.SUCCESS,
  failure: SessionOutcome.FAILURE,
  usage: SessionOutcome.USAGE,
  blocked: SessionOutcome.BLOCKED,
  'nothing-ready': SessionOutcome.NOTHING_READY,
  'work-failed': SessionOutcome.WORK_FAILED,
  infrastructure: SessionOutcome.INFRASTRUCTURE,
  'not-executable': SessionOutcome.NOT_EXECUTABLE,
  'not-found': SessionOutcome.NOT_FOUND,
  signal: SessionOutcome.SIGNAL,
  'timed-out': SessionOutcome.TIMED_OUT,
  stalled: SessionOutcome.STALLED,
  cancelled: SessionOutcome.CANCELLED,
  'exit-unknown': SessionOutcome.EXIT_UNKNOWN,
};

/** A session as clients see it. */
export function sessionMessage(view: SessionView): Session {
  const { launched, process, usage } = view;
  const record = launched?.record;
  const end = record?.end;
  return {
    sessionId: view.sessionId,
    adapter: view.adapter,
    nativeId: view.nativeId,
    state: STATES[view.state],
    outcome: end === undefined ? SessionOutcome.UNSPECIFIED : OUTCOMES[end.outcome],
    exitCode: end?.exitCode,
    signal: end?.signal ?? 0,
    outcomeDetail: end?.detail ?? '',
    launched: launched !== undefined,
    stale: view.stale,
    directory: view.directory,
    prompt: view.prompt,
    title: view.title,
    model: view.model,
    usage: usage && {
      inputTokens: BigInt(usage.inputTokens),
      outputTokens: BigInt(usage.outputTokens),
      costUsd: usage.costUsd,
    },
    process: process && { pid: process.pid, startTicks: BigInt(process.startTicks) },
    startTime: moment(view.startWallMs),
    endTime: moment(view.endWallMs),
    activityTime: moment(view.activityWallMs),
    group: record?.group ?? '',
    labels: new Map(Object.entries(record?.labels ?? {})),
    parentSessionId: view.parentSessionId,
    worktree: record?.worktree && { ...record.worktree },
    leaseIds: [...(record?.leaseIds ?? [])],
    limits: record && limitsMessage(record.limits),
    stop: record?.stop && stopMessage(record.stop),
    hooks: (record?.hooks ?? []).map(hookMessage),
    stdoutBytes: BigInt(launched?.stdoutBytes ?? 0),
    stderrBytes: BigInt(launched?.stderrBytes ?? 0),
    command: record?.command ?? '',
    leftProcesses: launched?.leftProcesses ?? 0,
    ...agentFields(record?.agent),
  };
}

function agentFields(
  agent: AgentRecord | undefined,
): Pick<Session, 'agent' | 'repo' | 'workUnit' | 'container' | 'dueTime'> {
  const { name = '', repo = '', workUnit = '' } = agent ?? {};
  const container = agent && {
    containerId: agent.container.id,
    name: agent.container.name,
    image: agent.container.image,
  };
  return { agent: name, repo, workUnit, container, dueTime: moment(agent?.dueWallMs) };
}

function limitsMessage({ timeoutMs, stallMs, stopOnStall, outputBytes }: Limits): SessionLimits {
  return {
    timeout: timeoutMs === undefined ? undefined : durationOfMs(timeoutMs),
    stall: stallMs === undefined ? undefined : durationOfMs(stallMs),
    stopOnStall,
    outputBytes: BigInt(outputBytes),
  };
}

function stopMessage({ by, uid, pid, reason, wallMs }: StopNote): SessionStop {
  return { by, uid, pid, reason, time: timestampOfMs(wallMs) };
}

function hookMessage({ hook, success, detail, attempts, wallMs }: HookRecord): HookRun {
  return { hook, success, detail, attempts, time: timestampOfMs(wallMs) };
}

function moment(wallMs: number | undefined): ReturnType<typeof timestampOfMs> | undefined {
  return wallMs === undefined ? undefined : timestampOfMs(wallMs);
}
