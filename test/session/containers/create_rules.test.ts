import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { AgentDefinition, AgentWork } from '../../../src/session/configured_agents/agent_definition.js';
import {
  type ContainerSpec,
  createArguments,
  givenFile,
  passedVariables,
} from '../../../src/session/containers/create_rules.js';
import { agentWith } from './agent.js';

function specOf(agent: Partial<AgentDefinition>, work?: AgentWork): ContainerSpec {
  const whole = agentWith(agent);
  return {
    name: 'tenure-i-fixer-s',
    instance: 'i',
    sessionId: 's',
    agent: whole,
    places: { workspace: '/s/work', given: '/s/given', pidFile: '/s/pid', idFile: '/s/id' },
    work,
    marker: ['MARK', 's'],
    trace: { TRACEPARENT: '00-a-b-01' },
    secrets: whole.credentials.map((_, index) => `secret-${index}`),
  };
}

/** What follows an option, each time that it is given. */
function valuesOf(args: readonly string[], option: string): string[] {
  return args.flatMap((arg, index) => (arg === option ? [args[index + 1] ?? ''] : []));
}

const agents = fc.record({
  image: fc.string({ minLength: 1 }),
  command: fc.tuple(fc.string({ minLength: 1 }), fc.string()).map(([a, b]) => [a, b] as const),
  methodologyDir: fc.option(fc.constant('/m'), { nil: undefined }),
  network: fc.option(fc.constant('none'), { nil: undefined }),
  readOnlyRoot: fc.boolean(),
  repoToken: fc.constant('env:REPO'),
  credentials: fc.uniqueArray(
    fc.record({
      name: fc.stringMatching(/^[A-Z_]{1,20}$/),
      source: fc.string({ minLength: 4 }).map((rest) => `exec:${rest}`),
      as: fc.constantFrom<'file' | 'environment'>('file', 'environment'),
    }),
    { selector: ({ name }) => name },
  ),
});

describe('the arguments of a container', () => {
  test('are locked down whatever the agent is, end in its image and command, and tell no source', () => {
    fc.assert(
      fc.property(agents, (agent) => {
        const args = createArguments(specOf(agent));
        const end = args.lastIndexOf('--', args.length - agent.command.length - 2);
        assert.deepEqual(args.slice(end), ['--', agent.image, ...agent.command]);
        const options = args.slice(0, end);
        for (const lock of [
          '--security-opt=no-new-privileges',
          '--cap-drop=all',
          '--pull=never',
          '--env-host=false',
          '--http-proxy=false',
          '--sdnotify=ignore',
        ]) {
          assert.ok(options.includes(lock), lock);
        }
        assert.equal(options.includes('--read-only'), agent.readOnlyRoot);
        assert.ok(options.every((option) => !/^--(privileged|device|volumes-from|cap-add)/.test(option)));
        for (const { source } of agent.credentials) assert.ok(options.every((option) => !option.includes(source)));
      }),
    );
  });

  test('name each credential by a secret, as a file unless the agent has it in its environment', () => {
    fc.assert(
      fc.property(agents, (agent) => {
        const args = createArguments(specOf(agent));
        const wanted = agent.credentials.map(
          ({ name, as }, index) => `secret-${index},type=${as === 'file' ? 'mount' : 'env'},target=${name}`,
        );
        assert.deepEqual(valuesOf(args, '--secret'), wanted);
        const hasFiles = agent.credentials.some(({ as }) => as === 'file');
        assert.deepEqual(valuesOf(args, '--tmpfs'), hasFiles ? ['/run/secrets:size=1m,mode=0755'] : []);
      }),
    );
  });

  test('hand the trace of the launch on', () => {
    assert.ok(valuesOf(createArguments(specOf({})), '--env').includes('TRACEPARENT=00-a-b-01'));
  });

  test('have the limits, the network and the mounts of the agent', () => {
    const args = createArguments(
      specOf({
        limits: { memoryBytes: 64 * 1024 * 1024, cpus: 0.5, pids: 20 },
        network: 'none',
        methodologyDir: '/m',
        mounts: [
          { source: '/a', target: '/data', readOnly: true },
          { source: '/b', target: '/out', readOnly: false },
        ],
      }),
    );
    assert.deepEqual(valuesOf(args, '--memory'), ['67108864b']);
    assert.deepEqual(valuesOf(args, '--cpus'), ['0.5']);
    assert.deepEqual(valuesOf(args, '--pids-limit'), ['20']);
    assert.deepEqual(valuesOf(args, '--network'), ['none']);
    assert.deepEqual(valuesOf(args, '--mount'), [
      'type=bind,src=/s/work,dst=/workspace,relabel=private,U=true',
      'type=bind,src=/m,dst=/methodology,readonly',
      'type=bind,src=/a,dst=/data,readonly',
      'type=bind,src=/b,dst=/out',
    ]);
  });
});

describe('what a session is to work on', () => {
  test('is a variable for a unit, a file and a variable for a request, and a read-only file for an artifact', () => {
    const unit = createArguments(specOf({}, { kind: 'unit', id: 'ISSUE-7' }));
    assert.ok(valuesOf(unit, '--env').includes('TENURE_WORK_UNIT=ISSUE-7'));
    const request: AgentWork = { kind: 'request', text: 'mend it\nplease' };
    const asked = createArguments(specOf({}, request));
    assert.ok(valuesOf(asked, '--env').includes('TENURE_REQUEST'));
    assert.ok(valuesOf(asked, '--env').includes('TENURE_REQUEST_FILE=/run/tenure/request'));
    assert.ok(!asked.join(' ').includes('mend it'), 'its words stand in no argument');
    assert.deepEqual(passedVariables(request), { TENURE_REQUEST: 'mend it\nplease' });
    const content = Buffer.from([1, 2]);
    const artifact: AgentWork = { kind: 'artifact', name: 'plan.md', content };
    const given = createArguments(specOf({}, artifact));
    assert.ok(valuesOf(given, '--env').includes('TENURE_ARTIFACT=/run/tenure/plan.md'));
    assert.ok(valuesOf(given, '--mount').includes('type=bind,src=/s/given,dst=/run/tenure,readonly,relabel=private'));
    assert.deepEqual(givenFile(artifact), { name: 'plan.md', content });
  });

  test('is a file alone where it is too long for a variable', () => {
    const long: AgentWork = { kind: 'request', text: 'x'.repeat(120_000) };
    assert.deepEqual(passedVariables(long), {});
    assert.ok(!valuesOf(createArguments(specOf({}, long)), '--env').includes('TENURE_REQUEST'));
    assert.equal(givenFile(long)?.content.length, 120_000);
  });
});
