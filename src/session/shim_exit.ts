/** How the main process of a session ended, as the shim wrote it down. */
export type ShimExit = (
  | { readonly kind: 'code'; readonly code: number }
  | { readonly kind: 'signal'; readonly signal: number }
  /** It never got to run. */
  | { readonly kind: 'not-started'; readonly why: string }
) & { readonly endWallMs: number; readonly durationMs: number };
