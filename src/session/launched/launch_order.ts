import type { SessionLimits } from '@tenure/client/gen/tenure/session/v1/session';
import type { LaunchSessionRequest } from '@tenure/client/gen/tenure/session/v1/session_service';
import { durationToMs } from '../../rpc/durations.js';
import { checkText, invalid } from '../../rpc/request_checks.js';
import type { AgentWish } from '../configured_agents/agent_definition.js';
import { readAgent } from '../configured_agents/agent_order.js';
import type { Limits } from './record.js';
import { launchDigest } from './request_digest.js';

const MAX_ARGUMENTS = 1_024;
const MAX_PROMPT_BYTES = 1_048_576;
const MAX_NAME_BYTES = 256;
const MAX_COMMAND_BYTES = 4_096;
const MAX_VARIABLES = 4_096;
const MAX_LABELS = 32;
const MAX_LABEL_KEY_BYTES = 64;
const MAX_LABEL_VALUE_BYTES = 512;
const DEFAULT_OUTPUT_BYTES = 8 * 1024 * 1024;
const MAX_OUTPUT_BYTES = 1024 * 1024 * 1024;
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A launch that has been checked: nothing in it can be malformed any more. */
export interface LaunchOrder {
  readonly adapter: string;
  readonly args: readonly string[];
  readonly prompt: string;
  readonly model: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly limits: Limits;
  readonly group: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly worktree: { readonly branch: string; readonly base: string } | undefined;
  readonly inheritTokens: readonly string[];
  readonly force: boolean;
  readonly keepStdin: boolean;
  readonly onCreate: string;
  readonly onComplete: string;
  readonly webhook: string;
  readonly requestId: string;
  /** What the request id stands for. */
  readonly requestDigest: string;
  readonly parentSessionId: string;
  /** The configured agent that it is a session of, in a container; undefined: of none. */
  readonly agent: AgentWish | undefined;
}

/** Sessions of configured agents are its. */
export const CONTAINERS = 'podman';

/** Throws a Refusal. Its messages repeat no value of the environment. */
export function readLaunch(request: LaunchSessionRequest, dueWallMs?: number): LaunchOrder {
  const { command, prompt, directory } = request;
  const agent = readAgent(request, dueWallMs);
  const adapter = request.adapter === '' ? (agent === undefined ? 'process' : CONTAINERS) : request.adapter;
  if (command.length > MAX_ARGUMENTS) throw invalid('command', `has more than ${MAX_ARGUMENTS} arguments`);
  if (command.some((argument) => argument.includes('\0'))) throw invalid('command', 'has a NUL byte');
  if (Buffer.byteLength(prompt) > MAX_PROMPT_BYTES) throw invalid('prompt', 'has more than 1 MiB');
  if (prompt.includes('\0')) throw invalid('prompt', 'has a NUL byte');
  if (agent === undefined && !directory.startsWith('/')) throw invalid('directory', 'is not an absolute path');
  checkText('directory', directory, MAX_COMMAND_BYTES);
  checkText('model', request.model, MAX_NAME_BYTES);
  checkText('group', request.group, MAX_NAME_BYTES);
  checkText('request_id', request.requestId, MAX_NAME_BYTES);
  checkText('parent_session_id', request.parentSessionId, MAX_NAME_BYTES);
  checkText('on_create', request.onCreate, MAX_COMMAND_BYTES);
  checkText('on_complete', request.onComplete, MAX_COMMAND_BYTES);
  checkText('webhook', request.webhook, MAX_COMMAND_BYTES);
  if (request.webhook !== '' && !isWebAddress(request.webhook)) {
    throw invalid('webhook', 'is no http or https address');
  }
  return {
    adapter,
    args: command,
    // What an agent is asked in words is shown as others' prompts are.
    prompt: agent?.work?.kind === 'request' ? agent.work.text : prompt,
    model: request.model,
    directory,
    environment: readEnvironment(request.environment),
    limits: readLimits(request.limits),
    group: request.group,
    labels: readLabels(request.labels),
    worktree: request.worktree,
    inheritTokens: request.inheritTokens,
    force: request.force,
    keepStdin: request.keepStdin,
    onCreate: request.onCreate,
    onComplete: request.onComplete,
    webhook: request.webhook,
    requestId: request.requestId,
    requestDigest: launchDigest(request),
    parentSessionId: request.parentSessionId,
    agent,
  };
}

export function readLimits(limits: SessionLimits | undefined): Limits {
  const outputBytes = Number(limits?.outputBytes ?? 0);
  if (outputBytes > MAX_OUTPUT_BYTES) throw invalid('limits.output_bytes', 'is more than 1 GiB');
  return {
    timeoutMs: readLimit('limits.timeout', limits?.timeout),
    stallMs: readLimit('limits.stall', limits?.stall),
    stopOnStall: limits?.stopOnStall ?? false,
    outputBytes: outputBytes === 0 ? DEFAULT_OUTPUT_BYTES : outputBytes,
  };
}

function readLimit(field: string, duration: SessionLimits['timeout']): number | undefined {
  if (duration === undefined) return undefined;
  const ms = durationToMs(duration);
  if (ms === undefined || ms === 0) throw invalid(field, 'must be more than 0 and at most 10 years');
  return ms;
}

function readEnvironment(environment: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  if (environment.size > MAX_VARIABLES) throw invalid('environment', `has more than ${MAX_VARIABLES} variables`);
  for (const [name, value] of environment) {
    // A shell can't hand on others; the names alone are told.
    if (!VARIABLE.test(name)) throw invalid('environment', 'has a name that is no variable name');
    if (value.includes('\0')) throw invalid('environment', `has a NUL byte in ${name}`);
  }
  return Object.fromEntries(environment);
}

function readLabels(labels: ReadonlyMap<string, string>): Readonly<Record<string, string>> {
  if (labels.size > MAX_LABELS) throw invalid('labels', `has more than ${MAX_LABELS} entries`);
  for (const [key, value] of labels) {
    if (key === '') throw invalid('labels', 'has an empty key');
    checkText('labels key', key, MAX_LABEL_KEY_BYTES);
    checkText('labels value', value, MAX_LABEL_VALUE_BYTES);
  }
  return Object.fromEntries(labels);
}

function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ['http:', 'https:'].includes(new URL(text).protocol);
}
