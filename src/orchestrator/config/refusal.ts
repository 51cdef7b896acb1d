/** Why the command line does nothing. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly kind: 'usage' | 'missing' | 'no-task' | 'invalid';
  readonly hint: string | undefined;

  constructor(kind: Refusal['kind'], message: string, hint: string | undefined) {
    super(message);
    this.kind = kind;
    this.hint = hint;
  }
}
