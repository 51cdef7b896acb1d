/** A promise that others only ever see fail, and how to fail it. */
export interface Deferred {
  readonly promise: Promise<never>;
  readonly reject: (error: Error) => void;
}

export function deferred(): Deferred {
  let rejectIt: ((error: Error) => void) | undefined;
  const promise = new Promise<never>((_, reject) => {
    rejectIt = reject;
  });
  return { promise, reject: (error) => rejectIt?.(error) };
}
