/** Something that an operator may want to know, such as `lease.acquired`. */
export interface TenureEvent {
  /** Noun and past participle: `daemon.started`, `lease.replaced`. */
  readonly action: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly success: boolean;
  /** Never a token, a secret's value or an argument list. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** Takes events. Never throws, never blocks, never makes its caller wait. */
export interface EventSink {
  emit(event: TenureEvent): void;
}
