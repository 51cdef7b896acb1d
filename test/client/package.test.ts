import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { promisify } from 'node:util';
import { removeFolder } from '../removed_folder.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const tsc = join(root, 'node_modules', '.bin', 'tsc');

/** A project that has the package as it is published, and its dependencies alone. */
async function projectWithPackage(context: TestContext): Promise<string> {
  const project = mkdtempSync(join(tmpdir(), 'tnrp-'));
  context.after(() => removeFolder(project));
  const modules = join(project, 'node_modules');
  const installed = join(modules, '@tenure', 'client');
  mkdirSync(installed, { recursive: true });
  cpSync(join(root, 'clients', 'typescript', 'package.json'), join(installed, 'package.json'));
  await run(tsc, ['-p', join(root, 'clients', 'typescript'), '--outDir', join(installed, 'dist')]);
  mkdirSync(join(modules, '@bufbuild'));
  for (const name of ['@grpc', '@bufbuild/protobuf', '@types']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  return project;
}

const PROGRAM = `
import { connect, isTenureError, type Lease, LeaseMode, LeaseState, type LeaseScope } from '@tenure/client';
import { LeaseServiceService } from '@tenure/client/gen/tenure/lease/v1/lease_service';

const task = ({ lease, signal }: LeaseScope): bigint => (signal.aborted ? 0n : lease.lease.fencingToken);
export async function main(): Promise<bigint | undefined> {
  const client = await connect({ autostart: false, timeoutMs: 1_000 });
  const result = await client.withLease({ resource: 'demo', mode: 'shared', wait: 'forever' }, task);
  const active = (lease: Lease) => lease.state === LeaseState.ACTIVE && lease.mode === LeaseMode.SHARED;
  const { leases } = await client.leases.listLeases({ filter: { resourcePrefix: 'demo' } });
  console.log(leases.filter(active).length, LeaseServiceService.acquireLease.path);
  return result.status === 'held' ? undefined : result.value;
}
await main().catch((error: unknown) => console.log(isTenureError(error) && error.reason));
`;

test('the package as published serves a strict TypeScript program, and plain Node', async (context) => {
  const project = await projectWithPackage(context);
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  writeFileSync(join(project, 'main.ts'), PROGRAM);
  const options = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--types', 'node'];
  const target = ['--target', 'es2023', '--module', 'nodenext'];
  await run(tsc, [...options, ...target, join(project, 'main.ts')], { cwd: project });
  const env = { PATH: process.env['PATH'], TENURE_SOCKET: join(project, 'none.sock') };
  const { stdout } = await run(process.execPath, [join(project, 'main.js')], { cwd: project, env });
  assert.equal(stdout, 'UNREACHABLE\n');
});

test('the package depends on grpc-js and protobuf alone', async (context) => {
  const project = await projectWithPackage(context);
  const dist = join(project, 'node_modules', '@tenure', 'client', 'dist');
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.js'));
  const { stdout } = await run('grep', ['-hoE', 'from [\'"][^.\'"][^\'"]*[\'"]', ...files], { cwd: dist });
  const imported = new Set(
    stdout
      .trim()
      .split('\n')
      .map((line) => line.replace(/^from .(.*).$/, '$1')),
  );
  const foreign = [...imported].filter((name) => !name.startsWith('node:'));
  assert.deepEqual(foreign.sort(), ['@bufbuild/protobuf/wire', '@grpc/grpc-js']);
});
