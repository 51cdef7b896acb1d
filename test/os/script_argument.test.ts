import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { scriptArgument } from '../../src/os/script_argument.js';

const cases: readonly (readonly [executable: string, argv: readonly string[], script: string | undefined])[] = [
  ['/usr/bin/node', ['node', 'a.js', 'secret'], 'a.js'],
  ['/usr/bin/node', ['node', '--import', 'tsx', '--no-warnings', 'a.ts'], 'a.ts'],
  ['/usr/bin/node', ['node', '-r', './hook.js', '--', 'a.js'], 'a.js'],
  ['/usr/bin/node', ['node', '--env-file', '.env', 'a.js'], 'a.js'],
  ['/usr/bin/node', ['node', '-e', 'code', 'secret'], undefined],
  ['/usr/bin/node', ['node', '--eval=code', 'secret'], undefined],
  ['/usr/bin/node', ['node', '-', 'secret'], undefined],
  ['/usr/bin/node', ['node'], undefined],
  ['/opt/bun', ['bun', 'run', 'a.ts'], 'a.ts'],
  ['/usr/bin/python3.11', ['python3', '-u', 'a.py', 'secret'], 'a.py'],
  ['/usr/bin/python3.11', ['python3', '-W', 'error', 'a.py'], 'a.py'],
  ['/usr/bin/python3.11', ['python3', '-c', 'code', 'secret'], undefined],
  ['/usr/bin/python3.11', ['python3', '-um', 'http.server', 'secret'], undefined],
  ['/bin/bash', ['bash', '-e', '-o', 'pipefail', 'a.sh', 'secret'], 'a.sh'],
  ['/bin/bash', ['-bash'], undefined],
  ['/bin/bash', ['bash', '-lc', 'cat secret', 'secret'], undefined],
  ['/bin/dash', ['sh', '-s', 'secret'], undefined],
  ['/bin/busybox', ['sh', 'a.sh'], 'a.sh'],
  ['/bin/busybox', ['cat', 'secret'], undefined],
  ['/usr/bin/perl', ['perl', '-MTest::More', '-I', 'lib', 'a.pl'], 'a.pl'],
  ['/usr/bin/perl', ['perl', '-ne', 'code', 'secret'], undefined],
  ['/usr/bin/ruby3.1', ['ruby', '-rjson', 'a.rb'], 'a.rb'],
  ['/usr/bin/psql', ['psql', 'secret'], undefined],
];

test('names the script of an interpreter, and of nothing else', () => {
  for (const [executable, argv, script] of cases) {
    assert.equal(scriptArgument(executable, argv), script, argv.join(' '));
  }
});

test('nothing that stands after the script or after inline code is ever named', () => {
  const option = fc.constantFrom('-u', '-x', '--flag', '-W', '--import', '-I', '-o');
  const program = fc.constantFrom('node', 'python3', 'bash', 'perl');
  fc.assert(
    fc.property(program, fc.array(option), fc.constantFrom('-c', '-e', 'script'), (name, options, word) => {
      const codeOption = name === 'python3' || name === 'bash' ? '-c' : '-e';
      const middle = word === 'script' ? ['script'] : [codeOption, 'code'];
      // A value that fills the place of an option that lacks one.
      const argv = [name, ...options.flatMap((given) => [given, '-u']), ...middle, 'secret1', 'secret2'];
      const named = scriptArgument(`/usr/bin/${name}`, argv);
      assert.ok(named === undefined || named === 'script', `${argv.join(' ')} names ${named}`);
    }),
  );
});
