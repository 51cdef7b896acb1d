import { createHash } from 'node:crypto';
import { mkdtempSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { replaceFile } from '../../../src/os/atomic_file.js';
import { openVault } from '../../../src/secret/vault/vault.js';
import { vaultPaths } from '../../../src/secret/vault/vault_files.js';
import type { Vault } from '../../../src/secret/vault/vault_port.js';
import { removeFolder } from '../../removed_folder.js';

/** An error of the file system, such as `ENOSPC`. */
export function diskError(code: string): Error {
  return Object.assign(new Error(`${code}: as the disk says it`), { code });
}

/** A state folder for one test, gone at its end, and the vault in it. */
export class VaultHome {
  readonly stateDir = mkdtempSync(join(tmpdir(), 'tnd-'));
  readonly paths = vaultPaths(join(this.stateDir, 'vault'));
  readonly tightened: { readonly path: string; readonly mode: number }[] = [];
  /** Files written. */
  writes = 0;
  /** Undefined: files can be written. */
  fault: string | undefined;

  constructor(context: TestContext) {
    context.after(() => removeFolder(this.stateDir));
  }

  open(ownUid = process.getuid?.() ?? 0): Promise<Vault> {
    return openVault({
      folder: this.paths.folder,
      ownUid,
      onTightened: (path, mode) => void this.tightened.push({ path, mode }),
      replace: (path, content) => {
        if (this.fault !== undefined) throw diskError(this.fault);
        replaceFile(path, content);
        this.writes += 1;
      },
    });
  }

  /** All that is in the state folder, with its bytes; a folder ends with a slash. */
  snapshot(): Record<string, string> {
    const names = readdirSync(this.stateDir, { recursive: true, encoding: 'utf8' }).toSorted();
    return Object.fromEntries(
      names.map((name) => {
        const path = join(this.stateDir, name);
        if (statSync(path).isDirectory()) return [`${name}/`, ''];
        return [name, createHash('sha256').update(readFileSync(path)).digest('hex')];
      }),
    );
  }
}
