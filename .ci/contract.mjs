// The committed image of the contract, which no change may break.
// `node .ci/contract.mjs renew` takes additions into it; it refuses what breaks
// callers. A break that is meant deletes the image first and says why in its commit.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..');
const image = join('.ci', 'contract.binpb');

function buf(...args) {
  const child = spawnSync(join(root, 'node_modules/.bin/buf'), args, { cwd: root, encoding: 'utf8' });
  return { ok: child.status === 0, output: `${child.stdout}${child.stderr}${child.error ?? ''}` };
}

/** Whether every caller of the committed contract can still call this one. */
export function isUnbroken() {
  return buf('breaking', 'proto', '--against', image);
}

/** Whether the image holds all that stands now: what is not in it is not protected. */
export function isComplete() {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-contract-'));
  try {
    const built = build(join(folder, 'now.binpb'));
    if (!built.ok) return built;
    const same = readFileSync(join(folder, 'now.binpb')).equals(readFileSync(join(root, image)));
    return { ok: same, output: `${image} lacks what was added; run \`node .ci/contract.mjs renew\` and commit it\n` };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function build(path) {
  return buf('build', 'proto', '--exclude-source-info', '-o', path);
}

function renew() {
  const unbroken = existsSync(join(root, image)) ? isUnbroken() : { ok: true, output: '' };
  if (!unbroken.ok) return unbroken;
  const fresh = join('.ci', 'contract.new.binpb');
  const built = build(fresh);
  if (built.ok) renameSync(join(root, fresh), join(root, image));
  return built;
}

if (process.argv[1] === import.meta.filename) {
  if (process.argv[2] !== 'renew') {
    console.error('usage: node .ci/contract.mjs renew');
    process.exit(64);
  }
  const { ok, output } = renew();
  process.stderr.write(output);
  process.exitCode = ok ? 0 : 1;
}
