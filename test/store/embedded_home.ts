import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { openEmbeddedStore } from '../../src/store/embedded.js';
import type { Store } from '../../src/store/port.js';
import { removeFolder } from '../removed_folder.js';

/** A state folder for one test, gone at its end. */
export class EmbeddedHome {
  readonly stateDir: string;
  readonly #clock: number;

  constructor(context: TestContext, clock = 1_000_000) {
    this.stateDir = mkdtempSync(join(tmpdir(), 'tnd-'));
    this.#clock = clock;
    context.after(() => removeFolder(this.stateDir));
  }

  open(bootId = 'this-boot'): Promise<Store> {
    return openEmbeddedStore({ stateDir: this.stateDir, bootId, wallClockMicros: () => this.#clock });
  }
}
