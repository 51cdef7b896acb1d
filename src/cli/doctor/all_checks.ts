import { adaptersCheck } from './checks/adapters.js';
import { clockCheck } from './checks/clock.js';
import { configurationCheck } from './checks/configuration.js';
import { crashesCheck } from './checks/crashes.js';
import { daemonCheck } from './checks/daemon.js';
import { diskCheck } from './checks/disk.js';
import { environmentCheck } from './checks/environment.js';
import { logCheck } from './checks/log.js';
import { podmanCheck } from './checks/podman.js';
import { socketCheck } from './checks/socket.js';
import { stateCheck } from './checks/state.js';
import { storeCheck } from './checks/store.js';
import { telemetryCheck } from './checks/telemetry.js';
import { unitsCheck } from './checks/units.js';
import { vaultCheck } from './checks/vault.js';
import { versionsCheck } from './checks/versions.js';
import { warningsCheck } from './checks/warnings.js';
import type { Facts } from './facts.js';
import { type Check, type Finding, fault } from './finding.js';

/** In the order in which one would look. */
export const CHECKS: readonly Check[] = [
  versionsCheck,
  environmentCheck,
  configurationCheck,
  stateCheck,
  diskCheck,
  clockCheck,
  daemonCheck,
  socketCheck,
  crashesCheck,
  warningsCheck,
  telemetryCheck,
  logCheck,
  storeCheck,
  vaultCheck,
  adaptersCheck,
  podmanCheck,
  unitsCheck,
];

export interface Examined {
  readonly id: string;
  readonly findings: readonly Finding[];
}

/** All checks at once, their findings in order; one that fails is a fault itself. */
export async function examineAll(checks: readonly Check[], facts: Facts): Promise<readonly Examined[]> {
  return await Promise.all(checks.map(async (check) => ({ id: check.id, findings: await findingsOf(check, facts) })));
}

async function findingsOf(check: Check, facts: Facts): Promise<readonly Finding[]> {
  try {
    return await check.examine(facts);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return [fault(`this could not be looked at: ${why}`, 'see that this user may read what the message names')];
  }
}
