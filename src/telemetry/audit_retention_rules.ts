/** How much the audit log may hold. */
export interface AuditLimits {
  /** Of all segments together. */
  readonly maxBytes: number;
  readonly maxAgeMs: number;
}

export const DEFAULT_AUDIT_LIMITS: AuditLimits = {
  maxBytes: 16 * 1024 * 1024,
  maxAgeMs: 30 * 24 * 3600 * 1000,
};

/** Segments that the limits are divided into. What goes, goes by whole segments. */
const PARTS = 8;

/** What retention needs to know of a segment. Times are on the wall clock. */
export interface SegmentFacts {
  readonly bytes: number;
  readonly firstMs: number;
  readonly newestMs: number;
}

/** Bytes at which a segment is full. */
export function segmentBytes({ maxBytes }: AuditLimits): number {
  return Math.floor(maxBytes / PARTS);
}

/** Whether what comes next needs a new segment. One without entries takes any line. */
export function isFull(
  current: Pick<SegmentFacts, 'bytes' | 'firstMs'>,
  moreBytes: number,
  limits: AuditLimits,
  nowMs: number,
): boolean {
  if (current.bytes === 0) return false;
  // Where little happens, a segment must not keep old entries for the sake of young ones; nor where the clock was set.
  const isOld = Math.abs(nowMs - current.firstMs) > limits.maxAgeMs / PARTS;
  return isOld || current.bytes + moreBytes > segmentBytes(limits);
}

export function isTooOld({ newestMs }: SegmentFacts, { maxAgeMs }: AuditLimits, nowMs: number): boolean {
  return nowMs - newestMs > maxAgeMs;
}

/**
 * How many of the closed segments go, the oldest first: those that are too
 * old, and as many as leave room for the current one to become full.
 */
export function countToDrop(
  closed: readonly SegmentFacts[],
  currentBytes: number,
  limits: AuditLimits,
  nowMs: number,
): number {
  let bytes = closed.reduce((sum, segment) => sum + segment.bytes, Math.max(currentBytes, segmentBytes(limits)));
  let count = 0;
  for (const segment of closed) {
    if (bytes <= limits.maxBytes && !isTooOld(segment, limits, nowMs)) break;
    bytes -= segment.bytes;
    count += 1;
  }
  return count;
}
