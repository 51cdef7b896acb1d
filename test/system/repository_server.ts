import { spawnSync } from 'node:child_process';
import { createReadStream, existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { removeFolder } from '../removed_folder.js';

export interface RepositoryServer {
  readonly url: string;
  /** Values of Authorization headers that it was sent. */
  readonly authorizations: string[];
  /** Requests that came, whatever was answered. */
  readonly requests: string[];
}

/**
 * A git repository with a README, on loopback.
 *
 * @param tls By https.
 * @param token Whoever does not bring it is refused; undefined: it is open to all.
 * @param hangs It answers nothing at all.
 */
export async function repositoryServer(
  context: TestContext,
  {
    token,
    hangs = false,
    tls,
  }: { readonly token?: string; readonly hangs?: boolean; readonly tls?: HostCertificate } = {},
): Promise<RepositoryServer> {
  const folder = mkdtempSync(join(tmpdir(), 'tng-'));
  makeRepository(folder);
  const authorizations: string[] = [];
  const requests: string[] = [];
  const answer: RequestListener = (request, response) => {
    requests.push(request.url ?? '');
    const { authorization } = request.headers;
    if (authorization !== undefined) authorizations.push(authorization);
    if (hangs) return;
    const given = Buffer.from(authorization?.replace('Basic ', '') ?? '', 'base64').toString('utf8');
    const path = join(folder, new URL(request.url ?? '/', 'http://localhost').pathname);
    if (token !== undefined && given !== `x-access-token:${token}`) {
      response.writeHead(401, { 'WWW-Authenticate': 'Basic realm="git"' }).end();
    } else if (existsSync(path)) createReadStream(path).pipe(response);
    else response.writeHead(404).end();
  };
  const server = tls === undefined ? createServer(answer) : createTlsServer(tls, answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  context.after(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await removeFolder(folder);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `${tls === undefined ? 'http://127.0.0.1' : 'https://localhost'}:${port}/site.git`,
    authorizations,
    requests,
  };
}

/** Of `localhost`, in PEM. */
export interface HostCertificate {
  readonly key: string;
  readonly cert: string;
}

/** An authority that nobody knows, and what it says of this machine. */
export function ownAuthority(folder: string): { readonly authorityFile: string; readonly host: HostCertificate } {
  const file = (name: string): string => join(folder, name);
  const openssl = (...args: readonly string[]): void => {
    const { status, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`openssl ${args.join(' ')} ended with ${status}: ${stderr}`);
  };
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  const ca = ['-subj', '/CN=an authority of its own', '-addext', 'basicConstraints=critical,CA:TRUE'];
  openssl('req', '-x509', ...newKey, '-keyout', file('ca.key'), '-out', file('ca.crt'), '-days', '2', ...ca);
  openssl('req', ...newKey, '-keyout', file('host.key'), '-out', file('host.csr'), '-subj', '/CN=localhost');
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost\n');
  const signer = ['-CA', file('ca.crt'), '-CAkey', file('ca.key'), '-CAcreateserial', '-days', '2'];
  openssl('x509', '-req', '-in', file('host.csr'), ...signer, '-extfile', file('names'), '-out', file('host.crt'));
  const read = (name: string): string => readFileSync(file(name), 'utf8');
  return { authorityFile: file('ca.crt'), host: { key: read('host.key'), cert: read('host.crt') } };
}

/** As any web server can show it: git's dumb protocol. */
function makeRepository(folder: string): void {
  const work = join(folder, 'work');
  mkdirSync(work);
  writeFileSync(join(work, 'README'), 'the repository\n');
  const identity = ['-c', 'user.name=test', '-c', 'user.email=test@localhost'];
  git(work, ['init', '--quiet', '--initial-branch=main']);
  git(work, ['add', '.']);
  git(work, [...identity, 'commit', '--quiet', '-m', 'first']);
  git(folder, ['clone', '--quiet', '--bare', 'work', 'site.git']);
  git(join(folder, 'site.git'), ['update-server-info']);
}

function git(directory: string, args: readonly string[]): void {
  const env = { PATH: process.env['PATH'], GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', HOME: directory };
  const { status, stderr } = spawnSync('git', args, { cwd: directory, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`git ${args.join(' ')} ended with ${status}: ${stderr}`);
}
