import { LeaseEnd } from '@tenure/client/gen/tenure/lease/v1/lease';
import type { SecretServiceService } from '@tenure/client/gen/tenure/secret/v1/secret_service';
import { runShellCommand } from '../os/shell_command.js';
import type { HandlersFor } from '../rpc/handlers.js';
import type { EventSink } from '../telemetry/events.js';
import { NO_TRACER, type Tracer } from '../telemetry/tracer.js';
import { credentialFor } from './credentials.js';
import { EnvFiles } from './env_files/env_files.js';
import { Heartbeat, type HeartbeatNumbers, type HeartbeatSettings } from './heartbeat/heartbeat.js';
import { askOverHttp } from './heartbeat/http_question.js';
import type { PulledFile } from './heartbeat/pulled_file.js';
import { KillSwitch } from './kill_switch/kill_switch.js';
import { Lending } from './lending.js';
import { Revocations } from './revocation/revocations.js';
import { Rotations } from './rotation/rotation.js';
import { Seal } from './seal.js';
import type { SecretLeases } from './secret_leases.js';
import { secretHandlers } from './service.js';
import { Shelf } from './shelf.js';
import { Sources } from './sources/sources.js';
import type { GiveBack } from './vault/room_aside.js';
import type { Vault } from './vault/vault_port.js';

/** What the configuration says of secrets; may change while the daemon runs. */
export interface SecretSettings {
  readonly envFile: string | undefined;
  readonly sourceTimeoutMs: number;
  readonly commandTimeoutMs: number;
  readonly heartbeat: HeartbeatSettings | undefined;
}

export interface SecretsOptions {
  readonly vault: Vault;
  readonly leases: SecretLeases;
  /** Where the heartbeat keeps what a restart must know. */
  readonly pulledFile: Pick<PulledFile, 'read' | 'write' | 'remove'>;
  /** As `setRoomAside` of the vault's folder. */
  readonly setRoomAside: () => GiveBack;
  readonly settings: SecretSettings;
  /** Where `env:` sources look, and what commands are given. */
  readonly environment: NodeJS.ProcessEnv;
  readonly home: string;
  readonly ownUid: number;
  readonly wallMs: () => number;
  /** From 0 up to 1: spreads retries. */
  readonly chance: () => number;
  readonly events: EventSink;
  /** A file that others could read has been made private. */
  readonly onTightened: (path: string, mode: number) => void;
  /** Default: nobody follows. */
  readonly tracer?: Tracer | undefined;
}

/** Numbers for the daemon's status. */
export interface SecretNumbers {
  readonly vaultInitialized: boolean;
  readonly secrets: number;
  readonly activeLeases: number;
  readonly pendingRevocations: number;
  readonly irrevocable: number;
  /** Why no secret is lent now; empty where they are. */
  readonly sealed: string;
  readonly heartbeat: HeartbeatNumbers | undefined;
}

export interface Secrets {
  readonly handlers: HandlersFor<typeof SecretServiceService>;
  numbers(): SecretNumbers;
  /** Hears when something changed that a person would want to know. */
  onChange(listener: () => void): void;
  /** After the configuration changed. */
  configure(settings: SecretSettings): void;
  /**
   * The value behind a source string, for what does not leave this daemon.
   * Rejects with SOURCE_FAILED, or INVALID_FIELD where it is no source.
   */
  resolveCredential(source: string, signal?: AbortSignal): Promise<Uint8Array>;
  /** As `resolveCredential`, for an agent that gets the value. Also rejects with SECRETS_SEALED. */
  giveCredential(source: string, agent: string): Promise<Uint8Array>;
  /** Takes up what the run before left: hooks that have not succeeded, files whose leases are gone. */
  start(): Promise<void>;
  close(): Promise<void>;
}

/** Puts the room together. */
export function createSecrets(options: SecretsOptions): Secrets {
  const { vault, leases, environment, home, ownUid, wallMs, chance, events, onTightened } = options;
  let { settings } = options;
  const commandTimeoutMs = (): number => settings.commandTimeoutMs;
  const run = runShellCommand;
  const seal = new Seal();
  const leaving = new Set<string>();
  const sources = new Sources({
    environment,
    home,
    settings: () => settings,
    vaultValue: (name) => vault.document.secrets.get(name)?.value,
    onTightened,
    tracer: options.tracer ?? NO_TRACER,
  });
  const rotations = new Rotations({
    vault,
    sources,
    setRoomAside: options.setRoomAside,
    environment,
    commandTimeoutMs,
    wallMs,
    events,
    run,
  });
  const revocations = new Revocations({ vault, environment, commandTimeoutMs, wallMs, chance, events, run });
  const killSwitch = new KillSwitch({ leases, vault, rotations, seal, events });
  const envFiles = new EnvFiles({ vault, leases, ownUid, events });
  const heartbeat = new Heartbeat({
    ask: askOverHttp,
    kept: options.pulledFile,
    pull: async (orders) => {
      await killSwitch.pull({ ...orders, uid: ownUid });
    },
    seal,
    events,
    wallMs,
  });
  leases.onEnded((ended) => {
    if (ended.end === LeaseEnd.REVOKED) revocations.revoked(ended);
    envFiles.ended(ended);
  });
  return {
    handlers: secretHandlers({
      vault,
      leases,
      shelf: new Shelf({ vault, leases, sources, leaving, wallMs, commandTimeoutMs, environment, run }),
      lending: new Lending({ vault, leases, sources, seal, leaving }),
      rotations,
      revocations,
      killSwitch,
      envFiles,
      events,
      ownUid,
    }),
    numbers: () => {
      const { pending, irrevocable } = revocations.numbers();
      return {
        vaultInitialized: vault.recipient !== undefined,
        secrets: vault.document.secrets.size,
        activeLeases: leases.count(),
        pendingRevocations: pending,
        irrevocable,
        sealed: seal.reason,
        heartbeat: heartbeat.status(),
      };
    },
    onChange: (listener) => {
      seal.onChange(listener);
      heartbeat.onChange(listener);
    },
    configure: (changed) => {
      settings = changed;
      heartbeat.configure(changed.heartbeat);
    },
    resolveCredential: (source, signal) => sources.resolve(source, signal),
    giveCredential: (source, agent) => credentialFor(agent, source, { sources, seal, events }),
    start: async () => {
      revocations.start();
      await envFiles.start();
      heartbeat.start(settings.heartbeat);
    },
    close: async () => {
      heartbeat.close();
      await rotations.close();
      await killSwitch.close();
      await revocations.close();
      await envFiles.close();
      await sources.close();
      await vault.close();
    },
  };
}
