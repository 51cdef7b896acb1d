import { type Check, fault, note, ok, warning } from '../finding.js';

export const vaultCheck: Check = {
  id: 'vault',
  looksAt: 'the vault: modes, and whether it can be decrypted; no value is shown',
  examine({ examination, status }) {
    if (typeof examination === 'string') return [note('not looked at')];
    const { exists, secrets, open, fault: damage } = examination.vault;
    if (damage !== '') {
      return [fault(damage, 'the daemon does not start over it; with a backup, put back both of its files')];
    }
    const findings = open.map(({ path, mode }) =>
      warning(
        `others can look into ${path} (mode ${mode})`,
        `chmod go= ${path}; rotate what is in it where others use this machine`,
      ),
    );
    const sealed = status?.secrets?.sealed ?? '';
    if (sealed !== '')
      findings.push(warning(`no secret is lent: ${sealed}`, "'tenure audit --action secret' says what happened"));
    if (findings.length > 0) return findings;
    return [
      ok(
        exists
          ? `can be decrypted, ${secrets === 1 ? '1 secret' : `${secrets ?? 0} secrets`}`
          : "none; 'tenure secret init' makes one",
      ),
    ];
  },
};
