import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A disk of this many megabytes; needs root. */
export class SmallDisk {
  readonly folder = mkdtempSync(join(tmpdir(), 'tnd-'));
  readonly #filler = join(this.folder, 'filler');

  constructor(context: TestContext, megabytes: number) {
    const options = ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', this.folder];
    const { status, stderr } = spawnSync('mount', options, { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    context.after(() => {
      spawnSync('umount', ['-l', this.folder]);
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  /** Somebody else takes all that is free. */
  fill(): void {
    const fd = openSync(this.#filler, 'a');
    try {
      for (const chunk of [Buffer.alloc(1 << 20, 1), Buffer.alloc(4_096, 1)]) {
        while (writeSync(fd, chunk) === chunk.length);
      }
    } catch (error) {
      assert.match(String(error), /ENOSPC/);
    } finally {
      closeSync(fd);
    }
    assert.equal(statfsSync(this.folder).bavail, 0);
  }

  free(): void {
    rmSync(this.#filler);
  }
}
