import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { removeFolder } from '../removed_folder.js';

const run = promisify(execFile);
const root = join(import.meta.dirname, '..', '..');
const tsc = join(root, 'node_modules', '.bin', 'tsc');

const PROGRAM = `
import { connect } from '@tenure/client';
import { createOrchestrator, type TaskScope } from 'tenure/orchestrator';

const seen: string[] = [];
const orchestrator = createOrchestrator({
  client: () => connect({ autostart: false, timeoutMs: 500 }),
  stateFolder: 'state',
  tasks: [
    { name: 'light', run: ({ task, childEnvironment }: TaskScope) => void seen.push(task, String(childEnvironment().TENURE_LEASES)) },
    { name: 'heavy', lease: 'demo', command: ['true'], everyMs: 60_000 },
  ],
});
const light = await orchestrator.run('light');
const heavy = await orchestrator.run('heavy');
await orchestrator.stop();
console.log(light.status, heavy.status, heavy.reasonCode, seen.join(' '));
`;

test('the package’s orchestrator serves a strict TypeScript program, and plain Node, also without a daemon', async (context) => {
  const project = mkdtempSync(join(tmpdir(), 'tnrp-'));
  context.after(() => removeFolder(project));
  const modules = join(project, 'node_modules');
  const client = join(modules, '@tenure', 'client');
  const tenure = join(modules, 'tenure');
  for (const folder of [client, tenure, join(modules, '@bufbuild')]) mkdirSync(folder, { recursive: true });
  for (const name of ['@grpc', '@bufbuild/protobuf', '@types', 'croner', 'yaml', 'zod']) {
    symlinkSync(join(root, 'node_modules', name), join(modules, name));
  }
  cpSync(join(root, 'clients', 'typescript', 'package.json'), join(client, 'package.json'));
  cpSync(join(root, 'package.json'), join(tenure, 'package.json'));
  await run(tsc, ['-p', join(root, 'clients', 'typescript'), '--outDir', join(client, 'dist')]);
  const sources = join(project, 'sources');
  cpSync(join(root, 'src', 'orchestrator'), sources, { recursive: true });
  cpSync(join(root, 'tsconfig.json'), join(project, 'tsconfig.json'));
  const options = {
    customConditions: [],
    noEmit: false,
    rootDir: '.',
    declaration: true,
    outDir: join(tenure, 'dist/orchestrator'),
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify({ type: 'module' }));
  const config = { extends: '../tsconfig.json', compilerOptions: options, files: ['index.ts'], include: [] };
  writeFileSync(join(sources, 'tsconfig.json'), JSON.stringify(config));
  await run(tsc, ['-p', sources]);

  writeFileSync(join(project, 'main.ts'), PROGRAM);
  const strict = ['--strict', '--exactOptionalPropertyTypes', '--noUncheckedIndexedAccess', '--types', 'node'];
  const target = ['--target', 'es2023', '--module', 'nodenext', '--ignoreConfig'];
  await run(tsc, [...strict, ...target, join(project, 'main.ts')], { cwd: project });
  const env = { PATH: process.env['PATH'], TENURE_SOCKET: join(project, 'none.sock'), TENURE_LEASES: 'of-another' };
  const { stdout } = await run(process.execPath, [join(project, 'main.js')], { cwd: project, env });
  assert.equal(stdout, 'completed failed lease-acquire-error light undefined\n');
});
