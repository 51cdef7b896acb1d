/** The process that an event is about, as the kernel knows it. */
export interface EventActor {
  readonly uid: number;
  /** Undefined where it lives in another pid namespace. */
  readonly pid: number | undefined;
  /** Empty where the kernel hides it. */
  readonly executable: string;
  /** Name of the script that an interpreter runs; never arguments. */
  readonly script: string;
}

/** Something that an operator may want to know, such as `lease.acquired`. */
export interface TenureEvent {
  /** Noun and past participle: `daemon.started`, `lease.replaced`. */
  readonly action: string;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly success: boolean;
  /** Who asked for it; unset where the daemon did it by itself. */
  readonly actor?: EventActor;
  /** Never a token, a secret's value or an argument list. */
  readonly metadata: Readonly<Record<string, string | number | boolean>>;
}

/** Takes events. Never throws, never blocks, never makes its caller wait. */
export interface EventSink {
  emit(event: TenureEvent): void;
}
