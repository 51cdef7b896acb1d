import { randomBytes } from 'node:crypto';

/** Request ids that nobody else has made: a random name and a number that rises. */
export class RequestIds {
  readonly #name = randomBytes(12).toString('base64url');
  #last = 0;

  next(): string {
    this.#last += 1;
    return `${this.#name}-${this.#last}`;
  }
}
