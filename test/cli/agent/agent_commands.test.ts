import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import {
  Agent,
  AgentSchedule,
  ScheduledResult,
  ScheduleOverlap,
  type Session,
  SessionOutcome,
  SessionState,
} from '@tenure/client';
import { SessionDesk, session } from '../session/session_desk.js';

const ID = 's4k2q7e3mzq5a';
const NOTHING = new Uint8Array(0);

const began = Math.floor(Date.now() / 1_000);

function at(seconds: number): NonNullable<Session['startTime']> {
  return { seconds: BigInt(began + seconds), nanos: 0 };
}

function agent(name: string, fields: Partial<Agent> = {}): Agent {
  return { ...Agent.decode(NOTHING), name, image: 'localhost/agent', command: 'work', ...fields };
}

const ended = session(ID, {
  agent: 'tidy',
  state: SessionState.ENDED,
  outcome: SessionOutcome.WORK_FAILED,
  exitCode: 5,
  startTime: at(-9_000),
  endTime: at(-7_230),
});

const schedule: AgentSchedule = {
  ...AgentSchedule.decode(NOTHING),
  cron: '0 3 * * *',
  overlap: ScheduleOverlap.SKIP,
  nextTime: at(7_290),
};
const podmanMissing = 'podman was not found; install it';

test('list shows at a glance what runs, how it did and what comes, and below what is in the way', async (context) => {
  const desk = await SessionDesk.open(context);
  const skipped = {
    dueTime: at(-3_630),
    result: ScheduledResult.SKIPPED,
    detail: `session ${ID} still runs`,
    sessionId: '',
  };
  desk.answers['listAgents'] = {
    agents: [
      agent('bare', { notReady: podmanMissing }),
      agent('late', { schedule: { ...schedule, lastRun: skipped }, running: 1, concurrency: 2, lastSession: ended }),
      agent('tidy', { repo: 'https://example.org/a.git', schedule, lastSession: ended, notReady: podmanMissing }),
    ],
  };
  const { code, stdout, stderr } = await desk.run(['agent', 'list']);
  assert.deepEqual([code, stderr], [0, '']);
  assert.deepEqual(
    stdout.split('\n').map((line) => line.split(/ {2,}/)),
    [
      ['AGENT', 'RUNNING', 'LAST', 'NEXT', 'SCHEDULE', 'IMAGE', 'REPO'],
      ['bare', '0', '-', '-', 'localhost/agent'],
      ['late', '1 of 2', 'skipped, 1h ago', 'in 2h 1m', '0 3 * * *', 'localhost/agent'],
      ['tidy', '0', 'work-failed 5, 2h ago', 'in 2h 1m', '0 3 * * *', 'localhost/agent', 'https://example.org/a.git'],
      [`bare, tidy can't be launched: ${podmanMissing}`],
      [`late was skipped: session ${ID} still runs`],
      [''],
    ],
  );
  const json = JSON.parse((await desk.run(['agent', 'list', '--json'])).stdout);
  assert.deepEqual(
    json.agents.map(({ name, ready, schedule }: { name: string; ready: boolean; schedule?: { lastRun?: unknown } }) => [
      name,
      ready,
      schedule?.lastRun,
    ])[1],
    [
      'late',
      true,
      {
        dueTime: new Date((began - 3_630) * 1_000).toISOString().replace('.000', ''),
        result: 'skipped',
        detail: skipped.detail,
        sessionId: '',
      },
    ],
  );
});

test('agent run and session launch --agent ask for the same', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = { outcome: { $case: 'launched', value: session(ID, { agent: 'tidy' }) } };
  const repo = 'https://example.org/a.git';
  const more = ['--request', 'mend it', '--timeout', '5m', '-g', 'g', '--label', 'a=b'];
  const run = await desk.run(['agent', 'run', 'tidy', repo, ...more]);
  const launch = await desk.run(['session', 'launch', '--agent', 'tidy', '--repo', repo, ...more]);
  for (const { code, stdout, stderr } of [run, launch]) assert.deepEqual([code, stdout, stderr], [0, `${ID}\n`, '']);
  const [first, second] = desk.requestsOf('launchSession').map(({ requestId, ...fields }) => fields);
  assert.deepEqual(first, second);
  assert.deepEqual(first?.['work'], { $case: 'request', value: 'mend it' });
  assert.deepEqual([first?.['agent'], first?.['repo'], first?.['group']], ['tidy', repo, 'g']);
  // What the caller has in its environment is none of a container's business.
  assert.deepEqual([first?.['environment'], first?.['directory']], [new Map(), '']);
});

test('work is a unit, an artifact or what comes on standard input, and one of them only', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = { outcome: { $case: 'launched', value: session(ID, { agent: 'tidy' }) } };
  writeFileSync(join(desk.world.folder, 'report.json'), '{}');
  const works: readonly (readonly [readonly string[], object])[] = [
    [['--work-unit', 'T-1'], { $case: 'workUnit', value: 'T-1' }],
    [['--request', '-'], { $case: 'request', value: 'typed' }],
    [['--artifact', 'report.json'], { $case: 'artifact', value: { name: 'report.json', content: Buffer.from('{}') } }],
  ];
  for (const [args] of works) {
    const { code, stderr } = await desk.run(['agent', 'run', 'tidy', ...args], { input: 'typed' });
    assert.deepEqual([code, stderr], [0, '']);
  }
  assert.deepEqual(
    desk.requestsOf('launchSession').map(({ work }) => work),
    works.map(([, work]) => work),
  );
  const refused: readonly (readonly [readonly string[], number, RegExp])[] = [
    [['agent', 'run', 'tidy', '--work-unit', 'a', '--request', 'b'], 64, /one of/],
    [['agent', 'run', 'tidy', 'say', 'hello'], 64, /'hello' is too much here\n.*--request, in quotes/],
    [['agent', 'run', 'tidy', '--artifact', 'no.json'], 66, /artifact no\.json can.t be read/],
    [['session', 'launch', '--agent', 'tidy', '--', 'ls'], 64, /--agent/],
    [['session', 'launch', '--agent', 'tidy', '--worktree'], 64, /--worktree .*--agent/],
    [['session', 'launch', '--work-unit', 'a', '--', 'ls'], 64, /--work-unit needs --agent/],
  ];
  for (const [args, exitCode, words] of refused) {
    const { code, stderr } = await desk.run(args);
    assert.equal(code, exitCode, args.join(' '));
    assert.match(stderr, words);
  }
  assert.equal(desk.requestsOf('launchSession').length, works.length);
});

test('run --wait ends as the session did, by the table of outcomes', async (context) => {
  const outcomes: readonly (readonly [SessionOutcome, Partial<Session>, number])[] = [
    [SessionOutcome.SUCCESS, { exitCode: 0 }, 0],
    [SessionOutcome.FAILURE, { exitCode: 1 }, 1],
    [SessionOutcome.USAGE, { exitCode: 2 }, 2],
    [SessionOutcome.BLOCKED, { exitCode: 3 }, 3],
    [SessionOutcome.NOTHING_READY, { exitCode: 4 }, 4],
    [SessionOutcome.WORK_FAILED, { exitCode: 5 }, 5],
    [SessionOutcome.INFRASTRUCTURE, {}, 6],
    [SessionOutcome.NOT_EXECUTABLE, { exitCode: 126 }, 126],
    [SessionOutcome.NOT_FOUND, { exitCode: 127 }, 127],
    [SessionOutcome.SIGNAL, { signal: 11 }, 139],
    [SessionOutcome.TIMED_OUT, {}, 124],
    [SessionOutcome.STALLED, {}, 124],
    [SessionOutcome.CANCELLED, {}, 130],
    [SessionOutcome.EXIT_UNKNOWN, {}, 76],
  ];
  const codes = await Promise.all(
    outcomes.map(async ([outcome, fields]) => {
      const own = await SessionDesk.open(context);
      const over = session(ID, { agent: 'tidy', state: SessionState.ENDED, outcome, ...fields });
      own.answers['launchSession'] = { outcome: { $case: 'launched', value: session(ID, { agent: 'tidy' }) } };
      own.answers['waitSession'] = { session: over };
      own.answers['getSession'] = { session: over };
      own.prints('done\n');
      return (await own.run(['agent', 'run', 'tidy', '--wait'])).code;
    }),
  );
  assert.deepEqual(
    codes,
    outcomes.map(([, , code]) => code),
  );
});

test('an agent of which as many run as may is held, with exit code 75', async (context) => {
  const desk = await SessionDesk.open(context);
  desk.answers['launchSession'] = { outcome: { $case: 'held', value: { resource: 'agent/tidy', held: undefined } } };
  const { code, stderr } = await desk.run(['agent', 'run', 'tidy']);
  assert.equal(code, 75);
  assert.match(stderr, /agent\/tidy is held[\s\S]*concurrency/);
});
