import { randomBytes } from 'node:crypto';
import { isAbsolute, join } from 'node:path';
import { resourceName } from '@tenure/client';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { Leases } from '../lease/create_leases.js';
import type { Clock } from '../os/clock.js';
import type { ProcessWatch } from '../os/process_watch.js';
import type { Secrets } from '../secret/create_secrets.js';
import type { SessionAdapter } from '../session/adapter.js';
import { agentAdapter } from '../session/agents/agent_adapter.js';
import { claudeCode } from '../session/agents/claude_code.js';
import { codex } from '../session/agents/codex.js';
import { openCode } from '../session/agents/opencode.js';
import { pi } from '../session/agents/pi.js';
import { instanceOf } from '../session/containers/instance.js';
import { createSessions, type Sessions } from '../session/create_sessions.js';
import { ExternalAdapter } from '../session/external/external_adapter.js';
import { CONTAINERS } from '../session/launched/launch_order.js';
import { processAdapter } from '../session/process_adapter.js';
import type { SessionSettings } from '../session/sessions_options.js';
import { systemSurroundings } from '../session/surroundings.js';
import { dropWorktree, makeWorktree } from '../session/worktrees/worktrees.js';
import type { EventSink } from '../telemetry/events.js';
import { NO_TRACER, type Tracer } from '../telemetry/tracer.js';
import type { Config } from './config/config.js';
import { followedAdapter } from './followed_adapter.js';
import { homeOfUser } from './paths.js';
import { tellScheduleTroubles } from './schedule_warning.js';
import { sessionLeases } from './session_leases.js';

const PODMAN_TROUBLE = 'podman-unavailable';

/** 60 random bits as letters and digits that nobody mistakes for others. */
const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz234567';
const ID_LENGTH = 12;

export interface SessionsPlace {
  readonly stateDir: string;
  readonly ownUid: number;
  readonly bootId: string;
  readonly config: () => Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly clock: Clock;
  readonly processWatch: ProcessWatch;
  readonly leases: Leases;
  readonly secrets: Secrets;
  readonly warnings: WarningRegistry;
  readonly events: EventSink;
  readonly onFault: (error: unknown) => void;
  /** Undefined: nobody follows. */
  readonly tracer: Tracer | undefined;
}

/** Puts the adapters and the session room together. */
export function openSessions(place: SessionsPlace): Sessions {
  const { stateDir, clock, config, environment, leases, secrets, events, tracer } = place;
  const surroundings = systemSurroundings(agentHome(environment), environment, clock);
  const programs = [claudeCode, codex, openCode, pi].map((program) =>
    agentAdapter(program(surroundings), { path: environment['PATH'] }),
  );
  const builtIn: readonly SessionAdapter[] = [processAdapter(), ...programs];
  const external = config().sessions.external.map(
    ({ name, command }) => new ExternalAdapter({ name, command, environment }),
  );
  const all: readonly SessionAdapter[] = [...builtIn, ...external];
  const adapters = tracer === undefined ? all : all.map((adapter) => followedAdapter(adapter, tracer));
  const sessions = createSessions({
    folder: join(stateDir, 'sessions'),
    fuseFolder: join(stateDir, 'fuses'),
    adapters: () => adapters,
    childTrace: () => tracer?.childEnvironment() ?? {},
    agents: () => config().agents,
    containers: {
      instance: instanceOf(stateDir, place.ownUid),
      resolve: (source, agent) => secrets.giveCredential(source, agent),
      follow: (operation, work) =>
        (tracer ?? NO_TRACER).follow('tenure.session.adapter', { adapter: CONTAINERS, operation }, work),
      onTrouble: (trouble) => tellTrouble(place.warnings, trouble),
    },
    schedules: {
      file: join(stateDir, 'schedules.json'),
      onTroubles: (troubles) => tellScheduleTroubles(place.warnings, troubles),
    },
    leases: sessionLeases(leases.inner('session')),
    settings: () => settingsOf(config()),
    processWatch: place.processWatch,
    clock,
    bootId: place.bootId,
    ownUid: place.ownUid,
    randomId,
    environment,
    directoryResource: (path) => resourceName(`dir${path}`),
    makeWorktree,
    dropWorktree,
    webhookSecret: () => webhookSecret(config(), secrets),
    events,
    onFault: place.onFault,
  });
  return {
    ...sessions,
    close: async () => {
      await sessions.close();
      await Promise.all(external.map((adapter) => adapter.close()));
    },
  };
}

/** What signs webhooks; undefined: nothing does. Rejects where its source gives none. */
export async function webhookSecret(
  { sessions }: Config,
  secrets: Pick<Secrets, 'resolveCredential'>,
): Promise<Uint8Array | undefined> {
  const { webhookSecret: source } = sessions;
  return source === undefined ? undefined : await secrets.resolveCredential(source);
}

function tellTrouble(warnings: WarningRegistry, trouble: string | undefined): void {
  if (trouble === undefined) warnings.clear(PODMAN_TROUBLE);
  else {
    warnings.raise(PODMAN_TROUBLE, {
      message: `agents are configured, and can't be launched: ${trouble}`,
      remedy: 'sessions without a container go on; the next launch of an agent tries again',
    });
  }
}

function settingsOf({ sessions, agents }: Config): SessionSettings {
  return {
    keepMs: sessions.keepMs,
    stopGraceMs: sessions.stopGraceMs,
    discoverWindowMs: sessions.discoverWindowMs,
    hookTimeoutMs: sessions.hookTimeoutMs,
    limitedAgents: [...sessions.agents, ...agents.filter(({ concurrency }) => concurrency !== undefined)].map(
      ({ name }) => name,
    ),
    limited: sessions.limit !== undefined,
  };
}

/** Agents go by HOME, whatever the user database says. */
function agentHome({ HOME }: NodeJS.ProcessEnv): string {
  return HOME !== undefined && isAbsolute(HOME) ? HOME : (homeOfUser() ?? '/');
}

function randomId(): string {
  return [...randomBytes(ID_LENGTH)].map((byte) => ID_LETTERS[byte % ID_LETTERS.length]).join('');
}
