export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

/** Follows pieces of work that others wait for: their time, and the trace that they belong to. */
export interface Tracer {
  /**
   * Runs it and follows it to its end. Its answer and its faults are those of
   * `work`. Never a token, a value or an argument list in the attributes.
   */
  follow<T>(name: string, attributes: SpanAttributes, work: () => Promise<T>): Promise<T>;
  /** Variables by which a child process continues the trace; none outside of one. */
  childEnvironment(): NodeJS.ProcessEnv;
}

/** Follows nothing. */
export const NO_TRACER: Tracer = {
  follow: (_name, _attributes, work) => work(),
  childEnvironment: () => ({}),
};
