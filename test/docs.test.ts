import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { ErrorReason } from '@tenure/client/gen/tenure/error/v1/error';
import { ENVIRONMENT_VARIABLES } from '../src/cli/environment_variables.js';
import { CONTRACT_ERRORS } from '../src/cli/errors/contract_errors.js';
import { OWN_ERRORS } from '../src/cli/errors/own_errors.js';
import { ExitCode as CliExitCode } from '../src/cli/exit_codes.js';
import { configReference } from '../src/daemon/config/config_schema.js';
import { ExitCode as DaemonExitCode } from '../src/daemon/start_failure.js';

const root = join(import.meta.dirname, '..');
const page = (name: string) => readFileSync(join(root, 'docs', name), 'utf8');
const pages = [
  'README.md',
  'CHANGELOG.md',
  'clients/typescript/README.md',
  ...['docs', 'examples'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

/** The keys' table as configuration.md must have it. */
function keyTable(): string {
  const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
  const rows = configReference().map(
    ({ key, type, default: value, text }) => `| \`${key}\` | ${cell(type)} | ${cell(value)} | ${cell(text)} |`,
  );
  return ['| key | type | default | what it does |', '|---|---|---|---|', ...rows].join('\n');
}

/** Names of events in the daemon's sources: `'lease.acquired'`. */
function eventNames(): Set<string> {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.ts') && !/^(cli|orchestrator)\//.test(name),
  );
  const text = files.map((name) => readFileSync(join(root, 'src', name), 'utf8')).join();
  const quoted = text.matchAll(/'((?:daemon|lease|secret|session|fuse|task|call)\.[a-z_]+)'/g);
  return new Set([...quoted].map(([, name = '']) => name).filter((name) => name !== 'daemon.json'));
}

/** As GitHub makes the anchor of a heading. */
function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-');
}

describe('docs', () => {
  test('configuration.md has every key as the schema knows it', () => {
    const [, between = ''] = page('configuration.md').split(/<!-- \/?keys.*? -->/);
    assert.equal(between.trim(), keyTable());
  });

  test('errors.md says of every reason what the command line says of it', () => {
    const rows = (entries: readonly (readonly string[])[]) => entries.map((cells) => `| ${cells.join(' | ')} |`);
    const listed = [...page('errors.md').matchAll(/^\| [A-Z_]+ \| .*\|$/gm)].map(([row]) => row);
    const known = Object.keys(ErrorReason).filter((name) => name !== 'UNSPECIFIED' && name !== 'UNRECOGNIZED');
    assert.deepEqual(Object.keys(CONTRACT_ERRORS).sort(), known.sort());
    assert.deepEqual(listed, [
      ...rows(Object.entries(CONTRACT_ERRORS).map(([reason, { status, text }]) => [reason, status, text])),
      ...rows(
        Object.entries(OWN_ERRORS).map(([reason, { exitCode, text }]) => [reason, String(CliExitCode[exitCode]), text]),
      ),
    ]);
  });

  test('configuration.md has every variable of the environment', () => {
    const listed = [...page('configuration.md').matchAll(/^\| `(TENURE_[A-Z_]+)` \| (.*) \| (.*) \|$/gm)];
    assert.deepEqual(
      listed.map(([, name, readBy, text]) => ({ name, readBy, text })),
      [...ENVIRONMENT_VARIABLES],
    );
  });

  test('telemetry.md has every event', () => {
    const documented = page('telemetry.md');
    for (const name of eventNames()) assert.ok(documented.includes(`\`${name}\``), `docs/telemetry.md: ${name}`);
  });

  test('exit-codes.md has every exit code', () => {
    const [run = '', daemon = ''] = page('exit-codes.md').split('\n## tenured');
    for (const [text, codes] of [
      [run, CliExitCode],
      [daemon, DaemonExitCode],
    ] as const) {
      for (const [name, code] of Object.entries(codes)) assert.match(text, new RegExp(`\\b${code}\\b`), name);
    }
  });

  test('every link between pages leads somewhere', () => {
    for (const path of pages) {
      const text = readFileSync(join(root, path), 'utf8');
      for (const [, target = ''] of text.matchAll(/\]\((?!https?:)([^)]+)\)/g)) {
        const [file = '', anchor] = target.split('#');
        const linked = file === '' ? path : join(path, '..', file);
        if (linked.endsWith('/')) {
          readdirSync(join(root, linked));
          continue;
        }
        const headings = [...readFileSync(join(root, linked), 'utf8').matchAll(/^#+ (.+)$/gm)];
        const anchors = headings.map((match) => anchorOf(match[1] ?? ''));
        assert.ok(anchor === undefined || anchors.includes(anchor), `${path} links to ${target}`);
      }
    }
  });
});
