import { AsyncLocalStorage } from 'node:async_hooks';
import { LEASES_VARIABLE, parseInheritTokens, uniqueTokens } from './environment.js';

/** The inherit tokens of the `withLease` scopes that the running code is in, innermost first. */
const scopes = new AsyncLocalStorage<readonly string[]>();

/** Runs a task inside a scope that holds these tokens. */
export function runInScope<T>(tokens: readonly string[], task: () => T): T {
  return scopes.run([...tokens, ...(scopes.getStore() ?? [])], task);
}

/** All that an acquire made here may present: of enclosing scopes, then of the environment. */
export function inheritedTokens(): string[] {
  const enclosing = scopes.getStore();
  const own = process.env[LEASES_VARIABLE];
  if (enclosing === undefined && own === undefined) {
    return [];
  }
  return uniqueTokens([...(enclosing ?? []), ...parseInheritTokens(own)]);
}
