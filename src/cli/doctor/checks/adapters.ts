import { type Check, note, ok, warning } from '../finding.js';

export const adaptersCheck: Check = {
  id: 'adapters',
  looksAt: 'the adapters of agents, asked through the daemon',
  examine({ running, adapters }) {
    if (adapters === undefined) {
      return [note(running === undefined ? 'not asked: no daemon runs' : 'not asked: the daemon does not answer')];
    }
    const failed = adapters.filter(({ ok: answered }) => !answered);
    const findings = failed.map(({ adapter, error }) =>
      warning(`${adapter}: ${error}`, "its sessions are missing in lists; 'tenure session adapters' asks again"),
    );
    if (findings.length > 0) return findings;
    const there = adapters.filter(({ available }) => available).map(({ adapter }) => adapter);
    return [ok(`${there.join(', ') || 'none'} available`)];
  },
};
