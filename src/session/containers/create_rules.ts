import type { AgentDefinition, AgentWork } from '../configured_agents/agent_definition.js';
import { METHODOLOGY, SECRETS, WORK, WORKSPACE } from '../configured_agents/mount_rules.js';
import { AGENT_LABEL, INSTANCE_LABEL, SESSION_LABEL } from './name_rules.js';

/** Of a request, so much may stand in one variable: the kernel takes none of more than 128 KiB. */
const MAX_VARIABLE_BYTES = 100 * 1024;

/** A container that is to be made. No credential's value is in it. */
export interface ContainerSpec {
  readonly name: string;
  readonly instance: string;
  readonly sessionId: string;
  readonly agent: AgentDefinition;
  /** Absolute paths on this machine. */
  readonly places: {
    readonly workspace: string;
    /** With what it is to work on, where that is a file. */
    readonly given: string;
    /** Where podman writes the pid of its main process, and its id. */
    readonly pidFile: string;
    readonly idFile: string;
  };
  readonly work: AgentWork | undefined;
  /** In the environment of every process of the session: its name and value. */
  readonly marker: readonly [string, string];
  /** Variables by which the session goes on with the trace of its launch. */
  readonly trace: Readonly<Record<string, string | undefined>>;
  /** Names of podman secrets, in the order of the agent's credentials. */
  readonly secrets: readonly string[];
}

/** What `podman create` is called with. Everybody on the machine can read it. */
export function createArguments(spec: ContainerSpec): readonly string[] {
  const { name, agent, places, work, secrets } = spec;
  const { image, command, limits, network, readOnlyRoot, methodologyDir, mounts } = agent;
  return [
    'create',
    // Conmon, which outlives us all, removes it at its end.
    '--rm',
    // As process 1 the agent would get no TERM that it does not wait for, and would have to reap what others leave.
    '--init',
    '--pull=never',
    '--name',
    name,
    ...labels(spec),
    // It writes to the session's own pipes, not by conmon, and nothing of it is kept in podman's storage.
    '--log-driver=passthrough',
    '--pidfile',
    places.pidFile,
    '--cidfile',
    places.idFile,
    '--security-opt=no-new-privileges',
    '--cap-drop=all',
    // Nothing of the daemon's environment, whatever containers.conf says: a proxy's address may hold credentials, too.
    '--env-host=false',
    '--http-proxy=false',
    '--sdnotify=ignore',
    ...(readOnlyRoot ? ['--read-only'] : []),
    ...(limits.memoryBytes === undefined ? [] : ['--memory', `${limits.memoryBytes}b`]),
    ...(limits.cpus === undefined ? [] : ['--cpus', String(limits.cpus)]),
    ...(limits.pids === undefined ? [] : ['--pids-limit', String(limits.pids)]),
    ...(network === undefined ? [] : ['--network', network]),
    ...variables(spec),
    '--workdir',
    WORKSPACE,
    // The image's user may be another than ours: the workspace becomes its own.
    ...mount(places.workspace, WORKSPACE, 'relabel=private,U=true'),
    ...(isGiven(work) ? mount(places.given, WORK, 'readonly,relabel=private') : []),
    ...(methodologyDir === undefined ? [] : mount(methodologyDir, METHODOLOGY, 'readonly')),
    ...mounts.flatMap(({ source, target, readOnly }) => mount(source, target, readOnly ? 'readonly' : '')),
    ...credentials(agent, secrets),
    // The command alone is what runs, whatever the image would run.
    '--entrypoint=',
    '--',
    image,
    ...command,
  ];
}

/** What podman's own environment must have for it: variables that are passed on by name alone. */
export function passedVariables(work: AgentWork | undefined): Readonly<Record<string, string>> {
  return work?.kind === 'request' && fits(work.text) ? { TENURE_REQUEST: work.text } : {};
}

/** The file of a work that is given as one; undefined: it is not. */
export function givenFile(
  work: AgentWork | undefined,
): { readonly name: string; readonly content: Uint8Array } | undefined {
  switch (work?.kind) {
    case 'request':
      return { name: 'request', content: Buffer.from(work.text) };
    case 'artifact':
      return { name: work.name, content: work.content };
    case 'unit':
    case undefined:
      return undefined;
  }
}

function labels({ instance, agent, sessionId }: ContainerSpec): readonly string[] {
  const pairs = [
    [INSTANCE_LABEL, instance],
    [AGENT_LABEL, agent.name],
    [SESSION_LABEL, sessionId],
  ];
  return pairs.flatMap(([key, value]) => ['--label', `${key}=${value}`]);
}

function variables({ agent, sessionId, work, marker, trace }: ContainerSpec): readonly string[] {
  const own = [marker, ['TENURE_SESSION_ID', sessionId], ['TENURE_AGENT', agent.name], ...workVariables(work)];
  const pairs = [...own, ...Object.entries(trace)];
  return [
    ...pairs.flatMap(([name, value]) => ['--env', `${name}=${value}`]),
    ...Object.keys(passedVariables(work)).flatMap((name) => ['--env', name]),
  ];
}

function workVariables(work: AgentWork | undefined): readonly (readonly [string, string])[] {
  switch (work?.kind) {
    case 'unit':
      return [['TENURE_WORK_UNIT', work.id]];
    case 'request':
      return [['TENURE_REQUEST_FILE', `${WORK}/request`]];
    case 'artifact':
      return [['TENURE_ARTIFACT', `${WORK}/${work.name}`]];
    case undefined:
      return [];
  }
}

function credentials({ credentials }: AgentDefinition, secrets: readonly string[]): readonly string[] {
  const mounted = credentials.flatMap(({ name, as }, index) => {
    const type = as === 'file' ? 'mount' : 'env';
    return ['--secret', `${secrets[index]},type=${type},target=${name}`];
  });
  // Where the root is read-only nothing else makes room for them.
  const room = credentials.some(({ as }) => as === 'file') ? ['--tmpfs', `${SECRETS}:size=1m,mode=0755`] : [];
  return [...room, ...mounted];
}

function mount(source: string, target: string, options: string): readonly string[] {
  return ['--mount', `type=bind,src=${source},dst=${target}${options === '' ? '' : `,${options}`}`];
}

function isGiven(work: AgentWork | undefined): boolean {
  return givenFile(work) !== undefined;
}

function fits(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_VARIABLE_BYTES;
}
