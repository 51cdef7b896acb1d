import type { LaunchSessionRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import { checkText, invalid } from '../../rpc/request_checks.js';
import type { AgentWish, AgentWork } from './agent_definition.js';
import { repoFault } from './repo_rules.js';

const MAX_NAME_BYTES = 256;
/** With all the rest of the message it is below what one may have. */
const MAX_WORK_BYTES = 1_000_000;
const MAX_FILE_NAME_BYTES = 255;

/** What an agent's configuration says, and no launch of it. */
const CONFIGURED = [
  'adapter',
  'command',
  'prompt',
  'model',
  'directory',
  'environment',
  'worktree',
  'force',
  'keepStdin',
  'onCreate',
] as const;

/**
 * Undefined where the launch is of no configured agent. Throws a Refusal.
 *
 * @param dueWallMs of a launch by the agent's schedule.
 */
export function readAgent(request: LaunchSessionRequest, dueWallMs: number | undefined): AgentWish | undefined {
  const { agent, repo, work } = request;
  checkText('agent', agent, MAX_NAME_BYTES);
  if (agent === '') {
    if (repo !== '') throw invalid('repo', 'needs an agent, which works on it');
    if (work !== undefined) throw invalid('work', 'needs an agent, which does it');
    return undefined;
  }
  const given = CONFIGURED.find((field) => isGiven(request[field]));
  if (given !== undefined) throw invalid(given, `can't be given with an agent, whose configuration says it`);
  const fault = repo === '' ? undefined : repoFault(repo);
  if (fault !== undefined) throw invalid('repo', fault);
  return { name: agent, repo, work: work && readWork(work), dueWallMs };
}

function isGiven(value: LaunchSessionRequest[(typeof CONFIGURED)[number]]): boolean {
  if (value instanceof Map) return value.size > 0;
  if (Array.isArray(value)) return value.length > 0;
  return value !== '' && value !== false && value !== undefined;
}

function readWork(work: NonNullable<LaunchSessionRequest['work']>): AgentWork {
  switch (work.$case) {
    case 'workUnit':
      checkText('work_unit', work.value, MAX_NAME_BYTES);
      if (work.value === '') throw invalid('work_unit', 'is empty');
      return { kind: 'unit', id: work.value };
    case 'request':
      if (work.value.trim() === '') throw invalid('request', 'is empty');
      if (work.value.includes('\0')) throw invalid('request', 'has a NUL byte');
      if (Buffer.byteLength(work.value) > MAX_WORK_BYTES) throw invalid('request', 'has more than 1,000,000 bytes');
      return { kind: 'request', text: work.value };
    case 'artifact': {
      const { name, content } = work.value;
      checkText('artifact.name', name, MAX_FILE_NAME_BYTES);
      if (!/^[^/]+$/.test(name) || name === '.' || name === '..') {
        throw invalid('artifact.name', 'is no name of a file, without a folder');
      }
      if (content.length > MAX_WORK_BYTES) throw invalid('artifact.content', 'has more than 1,000,000 bytes');
      return { kind: 'artifact', name, content };
    }
  }
}
