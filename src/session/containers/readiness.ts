import { Turns } from '../../os/turns.js';
import type { Podman } from './podman.js';

/** Whoever asks how agents do waits no longer for a podman that hangs. */
const TIME_LIMIT_MS = 5_000;
const MOST_AT_ONCE = 4;

/** Whether podman works, and has the images of agents: asked anew each time, for both change without a word to us. */
export class Readiness {
  readonly #podman: Podman;
  readonly #turns = new Turns(MOST_AT_ONCE);
  /** Agents share images. */
  readonly #asked = new Map<string, Promise<string>>();

  constructor(podman: Podman) {
    this.#podman = podman;
  }

  /** What keeps an image from being run, and what to do; empty: nothing. Never rejects. */
  faultOf(image: string): Promise<string> {
    const asked = this.#asked.get(image) ?? this.#ask(image).finally(() => this.#asked.delete(image));
    this.#asked.set(image, asked);
    return asked;
  }

  async #ask(image: string): Promise<string> {
    const args = ['image', 'inspect', '--format', '{{.Id}}', '--', image];
    const answer = await this.#turns.run(() => this.#podman.run(args, { timeLimitMs: TIME_LIMIT_MS }));
    return answer.ok ? '' : answer.fault.text;
  }
}
