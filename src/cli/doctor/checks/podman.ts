import { execFile } from 'node:child_process';
import { type Check, type Finding, fault, note, ok, warning } from '../finding.js';

/** The first `podman info` of a user sets up storage. */
const TIME_LIMIT_MS = 20_000;

export const podmanCheck: Check = {
  id: 'podman',
  looksAt: 'podman, which agents in containers need: its version, and whether it works',
  async examine({ examination }) {
    const agents = typeof examination === 'string' ? 0 : examination.configuration.agents;
    const version = await ask(['--version']);
    if (version.kind === 'missing') {
      if (agents === 0) return [note('not installed; only agents in containers need it')];
      return [fault('not installed, and the configured agents need it', 'install podman')];
    }
    if (version.kind === 'failed') return [broken(agents, `podman does not run: ${version.complaint}`)];
    const info = await ask(['info', '--format', '{{.Host.OCIRuntime.Name}} {{.Host.Security.Rootless}}']);
    if (info.kind !== 'answered') {
      return [broken(agents, `podman can run nothing: ${info.kind === 'failed' ? info.complaint : 'it is gone'}`)];
    }
    const [runtime = '', rootless] = info.text.split(' ');
    return [
      ok(`${version.text.replace(/^podman version /, '')}, ${runtime}${rootless === 'true' ? ', rootless' : ''}`),
    ];
  },
};

/** A fault for those who need it only. */
function broken(agents: number, message: string): Finding {
  return (agents === 0 ? warning : fault)(message, "run 'podman info' as this user, and mend what it says");
}

type Answer =
  | { readonly kind: 'answered'; readonly text: string }
  | { readonly kind: 'failed'; readonly complaint: string }
  | { readonly kind: 'missing' };

function ask(args: readonly string[]): Promise<Answer> {
  return new Promise((resolve) => {
    execFile('podman', [...args], { timeout: TIME_LIMIT_MS }, (error, stdout, stderr) => {
      if (error === null) return resolve({ kind: 'answered', text: stdout.trim() });
      if (error.code === 'ENOENT') return resolve({ kind: 'missing' });
      const [line = ''] = stderr.trim().split('\n').slice(-1);
      resolve({ kind: 'failed', complaint: error.killed === true ? 'it does not answer' : line || error.message });
    });
  });
}
