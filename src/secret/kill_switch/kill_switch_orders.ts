import type { EventActor } from '../../telemetry/events.js';
import type { RotationResult } from '../rotation/rotation_result.js';

/** What the kill switch is to do; at least one of the three is true. */
export interface KillSwitchOrders {
  readonly revokeAll: boolean;
  readonly rotateAll: boolean;
  readonly wipeVault: boolean;
  /** In the words of whoever pulls it. */
  readonly reason: string;
  readonly uid: number;
  /** Unset where the daemon pulls it by itself. */
  readonly actor?: EventActor;
}

/** Something that went wrong. */
export interface KillSwitchFault {
  readonly step: 'revoke' | 'rotate' | 'wipe';
  /** The secret; empty where it is about none. */
  readonly name: string;
  readonly message: string;
}

/** What was done. */
export interface KillSwitchResult {
  readonly revokedLeases: number;
  /** One a secret, by name, where rotation was asked for. */
  readonly rotations: readonly RotationResult[];
  /** No vault is left, where wiping was asked for. */
  readonly vaultWiped: boolean;
  /** Everything that went wrong, in order. */
  readonly failures: readonly KillSwitchFault[];
}

/** Whether a pull that has these orders does all that the wish asks for. */
export function covers(orders: KillSwitchOrders, wish: KillSwitchOrders): boolean {
  return (
    (orders.revokeAll || !wish.revokeAll) &&
    (orders.rotateAll || !wish.rotateAll) &&
    (orders.wipeVault || !wish.wipeVault)
  );
}
