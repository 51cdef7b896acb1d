import { agentFacts } from '../configured_agents/agent_facts_rules.js';
import type { LaunchRecord } from '../launched/record.js';

const PREFIX = 'TENURE_SESSION_';
const MAX_DETAIL = 1_024;

/** `{ID: 's…'}` as `{TENURE_SESSION_ID: 's…'}`. */
export function asVariables(facts: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(facts).map(([name, text]) => [`${PREFIX}${name}`, text]));
}

/** What an on-complete command is told. All are there, also those without a value: scripts may treat others as faults. */
export function factsOfEnd(record: LaunchRecord): Readonly<Record<string, string>> {
  const { end, worktree } = record;
  return {
    ...labelFacts(record.labels),
    ID: record.sessionId,
    ADAPTER: record.adapter,
    AGENT: record.agent?.name ?? '',
    REPO: record.agent?.repo ?? '',
    WORK_UNIT: record.agent?.workUnit ?? '',
    NATIVE_ID: record.nativeId,
    DIRECTORY: record.directory,
    WORKTREE: worktree?.path ?? '',
    BRANCH: worktree?.branch ?? '',
    GROUP: record.group,
    MODEL: record.model,
    PARENT_ID: record.parentSessionId,
    OUTCOME: end?.outcome ?? '',
    OUTCOME_DETAIL: end?.detail.slice(0, MAX_DETAIL) ?? '',
    EXIT_CODE: end?.exitCode === undefined ? '' : String(end.exitCode),
    SIGNAL: end === undefined || end.signal === 0 ? '' : String(end.signal),
    DURATION_MS: String(durationOf(record)),
  };
}

/** What a webhook gets, once made into JSON. No prompt: where the message goes, others may read it. */
export function documentOfEnd(record: LaunchRecord): object {
  const { end, worktree, stop, usage } = record;
  return {
    type: 'session.ended',
    session: {
      sessionId: record.sessionId,
      adapter: record.adapter,
      ...agentFacts(record.agent),
      nativeId: record.nativeId,
      command: record.command,
      directory: record.directory,
      group: record.group,
      labels: record.labels,
      model: record.model,
      parentSessionId: record.parentSessionId,
      outcome: end?.outcome,
      outcomeDetail: end?.detail.slice(0, MAX_DETAIL),
      exitCode: end?.exitCode,
      signal: end?.signal === 0 ? undefined : end?.signal,
      startTime: iso(record.startWallMs),
      endTime: end && iso(end.wallMs),
      durationMs: durationOf(record),
      usage,
      worktree,
      stop: stop && { by: stop.by, reason: stop.reason },
    },
  };
}

/** `LABEL_TEAM_NAME` for `team-name`. Of labels that become the same, the last by its name stands. */
function labelFacts(labels: Readonly<Record<string, string>>): Record<string, string> {
  const sorted = Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(
    sorted.map(([key, value]) => [`LABEL_${key.toUpperCase().replaceAll(/[^A-Z0-9]/g, '_')}`, value]),
  );
}

function durationOf({ end, startWallMs }: LaunchRecord): number {
  return end === undefined ? 0 : Math.max(0, Math.floor(end.wallMs - startWallMs));
}

function iso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
