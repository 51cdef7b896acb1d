import { Refusal } from '../../../src/rpc/refusal.js';
import { MemoryVault } from './memory_vault.js';
import { vaultContract } from './vault_contract.js';
import { VaultHome } from './vault_home.js';

vaultContract('files', (context) => {
  const home = new VaultHome(context);
  return {
    open: () => home.open(),
    failWrites: (fault) => {
      home.fault = fault && (fault === 'full' ? 'ENOSPC' : 'EIO');
    },
    writes: () => home.writes,
  };
});

vaultContract('memory', () => {
  const vault = new MemoryVault();
  return {
    open: async () => vault.restarted(),
    failWrites: (fault) =>
      vault.failWrites(fault && new Refusal(fault === 'full' ? 'STORE_FULL' : 'VAULT_NOT_WRITTEN', 'no room')),
    writes: () => vault.writes,
  };
});
