/**
 * Makes a vault in the folder of the first argument, and is killed before the
 * write whose number is the second one, or after the last.
 */
import { replaceFile } from '../../../src/os/atomic_file.js';
import { openVault } from '../../../src/secret/vault/vault.js';

const [folder = '', number = ''] = process.argv.slice(2);
let writes = 0;

function killAt(count: number): void {
  if (count === Number(number)) process.kill(process.pid, 'SIGKILL');
}

const vault = await openVault({
  folder,
  ownUid: process.getuid?.() ?? 0,
  onTightened: () => undefined,
  replace: (path, content) => {
    writes += 1;
    killAt(writes);
    replaceFile(path, content);
    killAt(writes + 0.5);
  },
});
await vault.init();
killAt(3);
