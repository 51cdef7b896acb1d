// needs: npm
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { test } from 'node:test';
import { World } from '../e2e/world.js';

const root = join(import.meta.dirname, '..', '..');

/** What npm must know to reach its registry; nothing of the npm that runs the tests. */
function npmEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !/^(npm_|TENURE_)/.test(name));
  return { ...Object.fromEntries(kept), npm_config_update_notifier: 'false' };
}

/** Runs npm without scripts, and answers the last line that it printed. */
async function npm(world: World, args: readonly string[], cwd: string): Promise<string> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--prefer-offline'];
  const { code, stdout, stderr } = await world.start('npm', [...args, ...quiet], { env: npmEnvironment(), cwd }).ended;
  assert.equal(code, 0, stderr);
  return stdout.trim().split('\n').at(-1) ?? '';
}

test('the packages install where there is nothing but Node, without scripts, and work', async (t) => {
  const world = new World(t);
  const packed = join(world.folder, 'packed');
  mkdirSync(packed);
  // As `prepare` does, which would build dist/ anew under other tests.
  for (const project of ['clients/typescript', 'src/orchestrator']) {
    const tsc = join(root, 'node_modules', '.bin', 'tsc');
    const compiled = await world.start(tsc, ['-p', project], { cwd: root }).ended;
    assert.equal(compiled.code, 0, compiled.stdout);
  }
  const own = await npm(world, ['pack', '--pack-destination', packed], root);
  const client = await npm(world, ['pack', '--workspace', '@tenure/client', '--pack-destination', packed], root);
  const listed = await world.start('tar', ['-tf', join(packed, own)]).ended;
  const files = listed.stdout.split('\n').filter((path) => !path.startsWith('package/node_modules/'));
  assert.ok(files.length > 10, listed.stdout);
  const foreign = files.filter((path) => /\.cache$|(?<!\.d)\.ts$|\/test\//.test(path));
  assert.deepEqual(foreign, [], 'neither sources nor what one machine has cached');
  assert.match(listed.stdout, /^package\/node_modules\/@tenure\/client\/dist\/index\.js$/m);

  const prefix = join(world.folder, 'prefix');
  await npm(world, ['install', '--global', '--prefix', prefix, join(packed, own)], world.folder);
  const home = join(world.folder, 'home');
  mkdirSync(home);
  const bare = {
    HOME: home,
    PATH: [join(prefix, 'bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(delimiter),
    XDG_CONFIG_HOME: undefined,
  };
  const ran = await world.start('tenure', ['run', 'demo', '--', 'echo', 'it ran'], { env: bare }).ended;
  assert.deepEqual([ran.code, ran.stdout, ran.stderr], [0, 'it ran\n', '']);
  const doctor = await world.start('tenure', ['doctor'], { env: bare }).ended;
  assert.equal(doctor.code, 0, doctor.stdout);
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  assert.equal((await world.start('tenured', ['--version'], { env: bare }).ended).stdout, `${version}\n`);
  assert.ok(existsSync(join(prefix, 'share', 'man', 'man1', 'tenure.1')));
  assert.equal((await world.start('tenure', ['daemon', 'stop'], { env: bare }).ended).code, 0);

  const orchestrator = join(prefix, 'lib', 'node_modules', 'tenure', 'dist', 'orchestrator', 'index.js');
  const imported = await world.start(
    process.execPath,
    ['-e', `import('${orchestrator}').then(() => console.log('loaded'))`],
    {
      env: bare,
    },
  ).ended;
  assert.equal(imported.stdout, 'loaded\n', imported.stderr);

  // A program with the client alone starts the tenure that is on PATH.
  const project = join(world.folder, 'project');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"type":"module"}');
  await npm(world, ['install', join(packed, client)], project);
  writeFileSync(
    join(project, 'main.js'),
    `import { connect } from '@tenure/client';
     const client = await connect();
     const result = await client.withLease({ resource: 'demo' }, () => 'held');
     console.log(result.status, result.value);
     await client.close();`,
  );
  const program = await world.start(process.execPath, ['main.js'], { env: bare, cwd: project }).ended;
  assert.deepEqual([program.stdout, program.stderr], ['completed held\n', '']);
});
