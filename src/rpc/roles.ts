import type { Role } from './context.js';

const RANK: Readonly<Record<Role, number>> = { viewer: 0, client: 1, operator: 2 };

/** Each role may also do what the lower ones may. */
export function allows(role: Role, required: Role): boolean {
  return RANK[role] >= RANK[required];
}
