// Makes all code that is made from proto/: the messages and stubs, and what
// reflection answers; and the client's version. `npm run generate`, after each
// change of the contract or the version.

import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fromBinary, toBinary } from '@bufbuild/protobuf';
import { FileDescriptorProtoSchema, FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';

const root = join(import.meta.dirname, '..');

function run(name, ...args) {
  const child = spawnSync(join(root, 'node_modules/.bin', name), args, { cwd: root, stdio: ['ignore', 2, 'inherit'] });
  if (child.error !== undefined) throw child.error;
  if (child.status !== 0) process.exit(child.status ?? 1);
}

/** The files of the contract and all that they import. */
function descriptorSet() {
  const folder = mkdtempSync(join(tmpdir(), 'tenure-generate-'));
  try {
    const path = join(folder, 'set.binpb');
    run('buf', 'build', 'proto', '--as-file-descriptor-set', '-o', path);
    return fromBinary(FileDescriptorSetSchema, readFileSync(path));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Full names of a message, of what is nested in it, and of its fields. */
function namesOfMessage(prefix, message) {
  const name = `${prefix}${message.name}`;
  return [
    name,
    ...[...message.field, ...message.oneofDecl].map((member) => `${name}.${member.name}`),
    ...message.nestedType.flatMap((nested) => namesOfMessage(`${name}.`, nested)),
    ...message.enumType.flatMap((nested) => namesOfEnum(`${name}.`, nested)),
  ];
}

/** The values of an enum stand beside it, as in C++. */
function namesOfEnum(prefix, declared) {
  return [declared, ...declared.value].map((named) => `${prefix}${named.name}`);
}

function namesOfService(prefix, service) {
  const name = `${prefix}${service.name}`;
  return [name, ...service.method.map((method) => `${name}.${method.name}`)];
}

/** Comments are for whoever asks what a method does; positions in files, and other people's licences, are not. */
function withCommentsOnly(file) {
  const keep = file.name.startsWith('google/protobuf/') ? [] : (file.sourceCodeInfo?.location ?? []);
  const location = keep
    .filter((place) => place.leadingComments !== '' || place.trailingComments !== '')
    .map((place) => ({ ...place, span: [0, 0, 0] }));
  return { ...file, sourceCodeInfo: { ...file.sourceCodeInfo, location } };
}

function describe(file) {
  const prefix = file.package === '' ? '' : `${file.package}.`;
  return {
    name: file.name,
    imports: file.dependency,
    services: file.service.map((service) => `${prefix}${service.name}`),
    symbols: [
      ...file.messageType.flatMap((message) => namesOfMessage(prefix, message)),
      ...file.enumType.flatMap((declared) => namesOfEnum(prefix, declared)),
      ...file.service.flatMap((service) => namesOfService(prefix, service)),
    ],
    base64: Buffer.from(toBinary(FileDescriptorProtoSchema, withCommentsOnly(file))).toString('base64'),
  };
}

run('buf', 'generate');
const files = descriptorSet().file.map(describe);
const target = 'src/rpc/descriptor_set.gen.ts';
writeFileSync(
  join(root, target),
  `// Made by .ci/generate.mjs. DO NOT EDIT.

/** A file of the contract, or one that it imports. */
export interface DescribedFile {
  readonly name: string;
  readonly imports: readonly string[];
  /** Full names. */
  readonly services: readonly string[];
  /** Full names of all that the file defines. */
  readonly symbols: readonly string[];
  /** A google.protobuf.FileDescriptorProto. */
  readonly base64: string;
}

export const DESCRIBED_FILES: readonly DescribedFile[] = ${JSON.stringify(files, null, 2)};
`,
);
run('biome', 'format', '--write', '--log-level=error', target);

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
writeFileSync(
  join(root, 'clients/typescript/src/version.gen.ts'),
  `// Made by .ci/generate.mjs, from package.json. DO NOT EDIT.

/** The version of this client. */
export const CLIENT_VERSION = '${version}';
`,
);
