import type { EventActor, EventSink, TenureEvent } from '../../telemetry/events.js';
import { faultText } from '../fault_text.js';
import { rotateMany } from '../rotation/rotating.js';
import type { Rotations } from '../rotation/rotation.js';
import { notConfigured, notRotated, type RotationResult } from '../rotation/rotation_result.js';
import type { Seal } from '../seal.js';
import type { SecretLeases } from '../secret_leases.js';
import { secretOf } from '../vault/document_rules.js';
import type { Vault } from '../vault/vault_port.js';
import { covers, type KillSwitchFault, type KillSwitchOrders, type KillSwitchResult } from './kill_switch_orders.js';

export interface KillSwitchParts {
  readonly leases: Pick<SecretLeases, 'revoke'>;
  readonly vault: Pick<Vault, 'document' | 'wipe'>;
  readonly rotations: Pick<Rotations, 'rotate'>;
  readonly seal: Pick<Seal, 'close'>;
  readonly events: EventSink;
}

interface Pull {
  readonly orders: KillSwitchOrders;
  readonly result: Promise<KillSwitchResult>;
}

/** For emergencies: ends leases, rotates and wipes, each whatever became of the ones before; no secret is lent meanwhile. */
export class KillSwitch {
  readonly #parts: KillSwitchParts;
  /** The first one runs, the others wait for it. */
  readonly #pulls = new Set<Pull>();

  constructor(parts: KillSwitchParts) {
    this.#parts = parts;
  }

  /** What goes wrong is in the result. Joins one before it that does all that is asked, else waits its turn. */
  pull(orders: KillSwitchOrders): Promise<KillSwitchResult> {
    const pulls = [...this.#pulls];
    const joined = pulls.find((pull) => covers(pull.orders, orders));
    this.#tellPulled(orders, joined !== undefined);
    if (joined !== undefined) return joined.result;
    const pull: Pull = { orders, result: this.#inTurn(orders, pulls.at(-1), () => this.#pulls.delete(pull)) };
    this.#pulls.add(pull);
    return pull.result;
  }

  /** Waits until all that was ordered is done. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#pulls].map(({ result }) => result));
  }

  async #inTurn(orders: KillSwitchOrders, before: Pull | undefined, onOver: () => void): Promise<KillSwitchResult> {
    // From now on, also while it waits: what it revokes must not come back in between.
    const open = this.#parts.seal.close('the kill switch is at work');
    try {
      // Its own callers hear of its fault.
      await before?.result.catch(() => undefined);
      return await this.#obey(orders);
    } finally {
      open();
      onOver();
    }
  }

  async #obey(orders: KillSwitchOrders): Promise<KillSwitchResult> {
    const failures: KillSwitchFault[] = [];
    const attempt = async <T>(step: KillSwitchFault['step'], work: () => Promise<T>): Promise<T | undefined> => {
      try {
        return await work();
      } catch (error) {
        failures.push({ step, name: '', message: faultText(error) });
        return undefined;
      }
    };
    let revokedLeases = 0;
    if (orders.revokeAll) revokedLeases = (await attempt('revoke', () => this.#revoke(orders))) ?? 0;
    let rotations: readonly RotationResult[] = [];
    if (orders.rotateAll) {
      rotations = (await attempt('rotate', () => this.#rotate(orders))) ?? [];
      for (const { name, failure } of rotations) {
        if (failure !== '') failures.push({ step: 'rotate', name, message: failure });
      }
    }
    let vaultWiped = false;
    if (orders.wipeVault) vaultWiped = (await attempt('wipe', () => this.#wipe(orders))) ?? false;
    const result: KillSwitchResult = { revokedLeases, rotations, vaultWiped, failures };
    this.#tellFinished(orders, result);
    return result;
  }

  async #revoke({ uid, reason, actor }: KillSwitchOrders): Promise<number> {
    const revoker = { uid, reason, ...(actor === undefined ? {} : { actor }) };
    const revoked = await this.#parts.leases.revoke({ $case: 'all', value: true }, revoker);
    return revoked.length;
  }

  #rotate({ actor }: KillSwitchOrders): Promise<readonly RotationResult[]> {
    const { rotations, vault } = this.#parts;
    const { document } = vault;
    const rotate = async (name: string): Promise<RotationResult> => {
      const secret = secretOf(document, name);
      // Nothing is asked of it: nothing to tell of.
      if (secret.hooks.rotate === '') return notConfigured(secret);
      try {
        // Also where the new one will be lost: the old one must go.
        return await rotations.rotate(name, actor, false);
      } catch (error) {
        // A fault of one must not keep the others from being rotated.
        return notRotated(secret, faultText(error));
      }
    };
    return rotateMany({ rotate }, { document }, '', actor);
  }

  async #wipe({ actor }: KillSwitchOrders): Promise<boolean> {
    try {
      const existed = await this.#parts.vault.wipe();
      if (existed) this.#emit('secret.vault_wiped', 'warn', true, actor, {});
      return true;
    } catch (error) {
      this.#emit('secret.vault_wiped', 'warn', false, actor, { failure: faultText(error) });
      throw error;
    }
  }

  #tellPulled({ revokeAll, rotateAll, wipeVault, reason, actor }: KillSwitchOrders, joined: boolean): void {
    const metadata = { revokeAll, rotateAll, wipeVault, reason, ...(joined ? { joined } : {}) };
    this.#emit('secret.kill_switch_pulled', 'warn', true, actor, metadata);
  }

  #tellFinished({ reason, actor }: KillSwitchOrders, result: KillSwitchResult): void {
    const { revokedLeases, rotations, vaultWiped, failures } = result;
    const rotated = rotations.filter(({ outcome }) => outcome === 'rotated').length;
    const [first] = failures;
    this.#emit('secret.kill_switch_finished', 'warn', first === undefined, actor, {
      revokedLeases,
      rotated,
      vaultWiped,
      failures: failures.length,
      ...(first === undefined ? {} : { failure: describeFault(first) }),
      reason,
    });
  }

  #emit(
    action: string,
    level: TenureEvent['level'],
    success: boolean,
    actor: EventActor | undefined,
    metadata: TenureEvent['metadata'],
  ): void {
    this.#parts.events.emit({ action, level, success, ...(actor === undefined ? {} : { actor }), metadata });
  }
}

/** `rotate team/token: the rotate command ended with exit code 1`. */
function describeFault({ step, name, message }: KillSwitchFault): string {
  return `${name === '' ? step : `${step} ${name}`}: ${message}`;
}
