/** What decides whether a trace is kept, before anything of it is made. */
export interface HeadSampling {
  /** The share of traces that begin here and are kept; those of callers as they say. Undefined: the SDK decides on all. */
  readonly share: number | undefined;
  /** What the SDK is told, which then keeps all that reaches it. */
  readonly variables: Readonly<Record<string, string>>;
}

const SAMPLED = 1;

/**
 * Takes the choice out of the SDK's hands where the standard variables leave
 * it to chance: to begin a span that is not kept costs nearly as much as one
 * that is. Other samplers are the SDK's.
 */
export function headSampling(environment: Readonly<Record<string, string | undefined>>): HeadSampling {
  const sampler = environment['OTEL_TRACES_SAMPLER']?.trim() || 'parentbased_always_on';
  if (!sampler.startsWith('parentbased_')) return { share: undefined, variables: {} };
  const share = Number(environment['OTEL_TRACES_SAMPLER_ARG'] ?? '1');
  if (sampler !== 'parentbased_traceidratio' || !(share >= 0 && share <= 1)) return { share: 1, variables: {} };
  return { share, variables: { OTEL_TRACES_SAMPLER: 'parentbased_always_on', OTEL_TRACES_SAMPLER_ARG: '' } };
}

/**
 * Whether a call is to be traced: as its caller does, else by chance.
 *
 * @param chance from 0 up to 1.
 */
export function isKept(traceparent: string | undefined, share: number | undefined, chance: number): boolean {
  if (share === undefined) return true;
  const [, flags] = /-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  return flags === undefined ? chance < share : (Number.parseInt(flags, 16) & SAMPLED) !== 0;
}
