import { isAtOrBelow } from '../rpc/resource_prefix.js';

/** Which entries are wanted; what is unset or empty selects all. */
export interface AuditQuery {
  /** Not before this moment. */
  readonly sinceMs: number | undefined;
  /** Before this moment. */
  readonly untilMs: number | undefined;
  /** Any of these: whole actions, or what stands before their dot. */
  readonly actions: readonly string[];
  readonly clientId: string;
  /** The resource itself, and all below it. */
  readonly resourcePrefix: string;
}

/** What a query asks of an entry. */
export interface EntryFacts {
  readonly timeMs: number;
  readonly action: string;
  readonly clientId: string;
  readonly resource: string;
}

export function selects(query: AuditQuery, { timeMs, action, clientId, resource }: EntryFacts): boolean {
  const { sinceMs, untilMs, actions, resourcePrefix } = query;
  if (sinceMs !== undefined && timeMs < sinceMs) return false;
  if (untilMs !== undefined && timeMs >= untilMs) return false;
  if (query.clientId !== '' && clientId !== query.clientId) return false;
  if (!isAtOrBelow(resource, resourcePrefix)) return false;
  return actions.length === 0 || actions.some((wanted) => action === wanted || beforeDot(action) === wanted);
}

function beforeDot(action: string): string {
  const dot = action.indexOf('.');
  return dot === -1 ? action : action.slice(0, dot);
}
