/** How long podman may take before it counts as hung. */
export interface ContainerLimits {
  /** To make a container: its root is laid out, of a large image on a slow disk perhaps. */
  readonly createMs: number;
  /** To have its main process: a second, and more on a starved machine. */
  readonly startMs: number;
  /** To tell of its end, which takes some 100 ms. */
  readonly lostMs: number;
}

export const DEFAULT_LIMITS: ContainerLimits = { createMs: 60_000, startMs: 60_000, lostMs: 10_000 };
