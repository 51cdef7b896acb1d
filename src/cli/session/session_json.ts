import {
  type AdapterReport,
  type LaunchHeld,
  type LaunchSessionResponse,
  type Session,
  type SessionEvent,
  SessionEventType,
  type SessionLimits,
  SessionOutcome,
  SessionState,
  type SessionStop,
} from '@tenure/client';
import { durationJson, enumWord, optional, timestampJson } from '../json_values.js';
import { heldJson, type Json } from '../lease/lease_json.js';

export function sessionJson(session: Session): Json {
  return {
    sessionId: session.sessionId,
    adapter: session.adapter,
    nativeId: session.nativeId,
    state: enumWord(SessionState, session.state),
    ...(session.outcome === SessionOutcome.UNSPECIFIED ? {} : { outcome: enumWord(SessionOutcome, session.outcome) }),
    ...optional('exitCode', session.exitCode, (code) => code),
    ...(session.signal === 0 ? {} : { signal: session.signal }),
    ...(session.outcomeDetail === '' ? {} : { outcomeDetail: session.outcomeDetail }),
    launched: session.launched,
    stale: session.stale,
    directory: session.directory,
    command: session.command,
    prompt: session.prompt,
    title: session.title,
    model: session.model,
    ...optional('usage', session.usage, ({ inputTokens, outputTokens, costUsd }) => ({
      inputTokens: inputTokens.toString(),
      outputTokens: outputTokens.toString(),
      ...optional('costUsd', costUsd, (cost) => cost),
    })),
    ...optional('process', session.process, ({ pid, startTicks }) => ({ pid, startTicks: startTicks.toString() })),
    ...optional('startTime', session.startTime, timestampJson),
    ...optional('endTime', session.endTime, timestampJson),
    ...optional('activityTime', session.activityTime, timestampJson),
    group: session.group,
    labels: Object.fromEntries(session.labels),
    parentSessionId: session.parentSessionId,
    ...optional('worktree', session.worktree, ({ path, branch, repository }) => ({ path, branch, repository })),
    ...(session.leftProcesses === 0 ? {} : { leftProcesses: session.leftProcesses }),
    ...(session.agent === '' ? {} : agentFields(session)),
    leaseIds: session.leaseIds,
    ...optional('limits', session.limits, limitsJson),
    ...optional('stop', session.stop, stopJson),
    hooks: session.hooks.map(({ hook, success, detail, attempts, time }) => ({
      hook,
      success,
      detail,
      attempts,
      ...optional('time', time, timestampJson),
    })),
    stdoutBytes: session.stdoutBytes.toString(),
    stderrBytes: session.stderrBytes.toString(),
  };
}

function agentFields({ agent, repo, workUnit, container, dueTime }: Session): Json {
  return {
    agent,
    repo,
    workUnit,
    ...optional('container', container, ({ containerId, name, image }) => ({ containerId, name, image })),
    ...optional('dueTime', dueTime, timestampJson),
  };
}

function limitsJson({ timeout, stall, stopOnStall, outputBytes }: SessionLimits): Json {
  return {
    ...optional('timeout', timeout, durationJson),
    ...optional('stall', stall, durationJson),
    stopOnStall,
    outputBytes: outputBytes.toString(),
  };
}

function stopJson({ by, uid, pid, reason, time }: SessionStop): Json {
  return { by, uid, pid, reason, ...optional('time', time, timestampJson) };
}

export function adapterJson({ adapter, ok, error, latency, sessions, available }: AdapterReport): Json {
  return { adapter, available, ok, error, sessions, ...optional('latency', latency, durationJson) };
}

export function launchHeldJson({ resource, held }: LaunchHeld): Json {
  return { outcome: 'held', resource, ...(held === undefined ? {} : heldJson(held)) };
}

export function launchJson(outcome: NonNullable<LaunchSessionResponse['outcome']>): Json {
  switch (outcome.$case) {
    case 'launched':
      return { outcome: 'launched', session: sessionJson(outcome.value) };
    case 'held':
      return launchHeldJson(outcome.value);
  }
}

export function sessionEventJson(event: SessionEvent): Json {
  return {
    type: enumWord(SessionEventType, event.type),
    revision: event.revision.toString(),
    ...optional('session', event.session, sessionJson),
  };
}
