import { join } from 'node:path';
import type { WarningRegistry } from '../health/warning_registry.js';
import type { Leases } from '../lease/create_leases.js';
import { createSecrets, type Secrets } from '../secret/create_secrets.js';
import { PulledFile } from '../secret/heartbeat/pulled_file.js';
import { setRoomAside } from '../secret/vault/room_aside.js';
import { openVault } from '../secret/vault/vault.js';
import { VaultUnreadable } from '../secret/vault/vault_unreadable.js';
import type { EventSink } from '../telemetry/events.js';
import type { Tracer } from '../telemetry/tracer.js';
import type { Config } from './config/config.js';
import { homeOfUser } from './paths.js';
import { secretLeases } from './secret_leases.js';
import { ExitCode, StartFailure } from './start_failure.js';

export interface SecretsPlace {
  readonly stateDir: string;
  readonly ownUid: number;
  readonly config: Config;
  readonly environment: NodeJS.ProcessEnv;
  readonly wallMs: () => number;
  readonly leases: Leases;
  readonly warnings: WarningRegistry;
  readonly events: EventSink;
  readonly tracer: Tracer | undefined;
}

/** Opens the vault of the state folder, and the room around it; a vault that can't be read is left as it is. */
export async function openSecrets(place: SecretsPlace): Promise<Secrets> {
  const { stateDir, ownUid, config, environment, wallMs, leases, warnings, events, tracer } = place;
  const tightened = new Map<string, string>();
  const onTightened = (path: string, mode: number): void => {
    const before = mode.toString(8).padStart(4, '0');
    events.emit({ action: 'secret.mode_tightened', level: 'warn', success: true, metadata: { path, before } });
    tightened.set(path, before);
    const all = [...tightened].map(([one, itsMode]) => `${one} (mode ${itsMode})`).join(', ');
    warnings.raise('secret-file-was-open', {
      message: `others could read ${all}; ${tightened.size === 1 ? 'it is' : 'they are'} private now`,
      remedy: 'rotate what is in there where others use this machine, and see who changed the mode',
    });
  };
  try {
    const vault = await openVault({ folder: join(stateDir, 'vault'), ownUid, onTightened });
    return createSecrets({
      vault,
      leases: secretLeases(leases.inner('secret')),
      setRoomAside: () => setRoomAside(join(stateDir, 'vault')),
      pulledFile: new PulledFile(join(stateDir, 'heartbeat.json')),
      settings: config.secrets,
      environment,
      home: homeOfUser() ?? '/',
      ownUid,
      wallMs,
      chance: Math.random,
      events,
      onTightened,
      tracer,
    });
  } catch (error) {
    if (!(error instanceof VaultUnreadable)) throw error;
    throw new StartFailure(ExitCode.STORE_FAILED, error.message, { cause: error });
  }
}
