import { setMaxListeners } from 'node:events';
import { existsSync } from 'node:fs';
import { messageOf } from '../../os/errno.js';
import { Refusal } from '../../rpc/refusal.js';
import type { SessionAdapter } from '../adapter.js';
import type { AgentDefinition, AgentWish } from '../configured_agents/agent_definition.js';
import type { ContainerOfSession } from '../launched/container_of_session.js';
import type { LaunchedSession } from '../launched/launched_session.js';
import type { PreparedContainer } from '../launched/prepared_container.js';
import type { LaunchRecord } from '../launched/record.js';
import type { OutputLog } from '../output/output_log.js';
import { type AdoptingParts, adopt } from './adopting.js';
import { ContainerLife, type ContainerLifeParts } from './container_life.js';
import { type Resolve, resolveCredentials } from './credentials.js';
import { Leftovers, type LeftoversParts } from './leftovers.js';
import { type ContainerLimits, DEFAULT_LIMITS } from './limits.js';
import { Places } from './places.js';
import { PODMAN_MISSING, Podman } from './podman.js';
import { podmanAdapter } from './podman_adapter.js';
import { Preparing } from './preparing.js';
import { Readiness } from './readiness.js';

/** Removing many files takes its time. */
const REMOVE_LIMIT_MS = 120_000;

/** What the daemon gives to sessions in containers. */
export interface ContainerOptions {
  /** Names this daemon among all that use the same podman. */
  readonly instance: string;
  readonly resolve: Resolve;
  readonly limits?: ContainerLimits;
  /** Follows what a launch waits for podman to do, by the name of it. */
  readonly follow: <T>(operation: string, work: () => Promise<T>) => Promise<T>;
  /** What is wrong with podman although there are configured agents; undefined: nothing is known. */
  readonly onTrouble: (trouble: string | undefined) => void;
}

export interface ContainersParts
  extends ContainerOptions,
    Omit<AdoptingParts, 'podman'>,
    Pick<ContainerLifeParts, 'processWatch' | 'onFault'>,
    Pick<LeftoversParts, 'events'> {
  readonly environment: NodeJS.ProcessEnv;
  /** As LaunchingParts has it. */
  readonly childTrace: () => NodeJS.ProcessEnv;
  readonly agents: () => readonly AgentDefinition[];
  readonly launched: () => Iterable<LaunchedSession>;
  readonly launchedOne: (sessionId: string) => LaunchedSession | undefined;
}

/** Sessions in containers. */
export interface Containers {
  readonly adapter: SessionAdapter;
  /** What keeps an agent from being launched; empty: nothing that can be known before. Never rejects. */
  notReady(agent: AgentDefinition): Promise<string>;
  /** Credentials and all, before anything is made. Rejects with a Refusal. */
  prepare(agent: AgentDefinition, wish: AgentWish): Promise<PreparedContainer>;
  /** Undefined: it runs in none. */
  ofSession(record: LaunchRecord, output: OutputLog): ContainerOfSession | undefined;
  /** Takes up what earlier runs left with podman. Rejects where that can't be done. */
  start(): Promise<void>;
  /** After the configuration changed. */
  configured(): void;
  close(): void;
}

/** Puts the room's part together that deals with podman. */
export function createContainers(parts: ContainersParts): Containers {
  const { instance, folders, agents, follow, onTrouble, onFault, limits = DEFAULT_LIMITS } = parts;
  const closing = new AbortController();
  // As many listen as podman runs; they all leave.
  setMaxListeners(0, closing.signal);
  const podman = new Podman(parts.environment, closing.signal);
  const readiness = new Readiness(podman);
  const placesOf = (sessionId: string): Places => new Places(folders.folderOf(sessionId));
  const leftovers = new Leftovers({
    podman,
    instance,
    standingOf: (sessionId) => {
      const session = parts.launchedOne(sessionId);
      if (session === undefined) return existsSync(folders.folderOf(sessionId)) ? 'unreadable' : 'unknown';
      return session.isOver ? 'ended' : 'living';
    },
    hasStarted: (sessionId) => placesOf(sessionId).pid() !== undefined,
    monotonicMs: () => parts.clock.monotonicMs(),
    events: parts.events,
    onFault,
  });
  const removePlaces = async (places: Places): Promise<void> => {
    try {
      await places.remove();
    } catch (error) {
      // The container's user may have made files that are not ours outside its user namespace.
      const paths = [places.workspace, places.given];
      const removed = await podman.run(['unshare', 'rm', '-rf', '--', ...paths], { timeLimitMs: REMOVE_LIMIT_MS });
      if (!removed.ok) throw new Error(`a workspace could not be removed: ${removed.fault.text}`, { cause: error });
    }
  };
  let reconciled: Promise<void> | undefined;
  const reconcile = async (): Promise<void> => {
    for (const container of await leftovers.start()) await adopt({ ...parts, podman }, container);
  };
  const reconcileOnce = (): Promise<void> => {
    reconciled ??= reconcile().catch((error: unknown) => {
      reconciled = undefined;
      throw error;
    });
    return reconciled;
  };
  const tellWhetherThere = (): void => {
    onTrouble(agents().length > 0 && !podman.isThere() ? PODMAN_MISSING : undefined);
  };
  return {
    adapter: podmanAdapter(podman),
    notReady: ({ image }) => readiness.faultOf(image),
    prepare: (agent, wish) =>
      follow('prepare', async () => {
        if (!podman.isThere()) {
          onTrouble(PODMAN_MISSING);
          throw new Refusal('PODMAN_UNAVAILABLE', PODMAN_MISSING);
        }
        await reconcileOnce().catch((error: unknown) => {
          onTrouble(messageOf(error));
          throw new Refusal('PODMAN_UNAVAILABLE', messageOf(error));
        });
        onTrouble(undefined);
        const credentials = await resolveCredentials(agent, parts.resolve);
        return new Preparing({ ...parts, podman, leftovers, limits }, agent, wish, credentials);
      }),
    ofSession: (record, output) => {
      const { agent } = record;
      if (agent === undefined) return undefined;
      return new ContainerLife(record, {
        places: placesOf(record.sessionId),
        leftovers,
        processWatch: parts.processWatch,
        clock: parts.clock,
        limits,
        isMemoryLimited: () =>
          agents().some(({ name, limits }) => name === agent.name && limits.memoryBytes !== undefined),
        errorTail: (bytes) => output.tail('stderr', bytes),
        removePlaces,
        onFault,
      });
    },
    start: async () => {
      const isUsed = agents().length > 0 || [...parts.launched()].some(({ record }) => record.agent !== undefined);
      if (!isUsed) return;
      tellWhetherThere();
      // Sessions without a container need none; those with one are refused, and taken up once there is.
      if (podman.isThere()) await reconcileOnce();
    },
    configured: tellWhetherThere,
    close: () => {
      leftovers.close();
      closing.abort();
    },
  };
}
