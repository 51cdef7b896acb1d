import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { DeliveryQueue } from '../../src/telemetry/delivery_queue.js';
import { EventBus } from '../../src/telemetry/event_bus.js';
import { argumentsFor } from '../../src/telemetry/event_command_rules.js';
import type { TenureEvent } from '../../src/telemetry/events.js';
import { runEventCommand } from '../../src/telemetry/exec_delivery.js';
import { findOnPath } from '../../src/telemetry/find_on_path.js';
import { createLog } from '../../src/telemetry/log.js';
import { createLogSink } from '../../src/telemetry/log_sink.js';
import { removeFolder } from '../removed_folder.js';

const EVENT: TenureEvent = {
  action: 'lease.replaced',
  level: 'info',
  success: true,
  metadata: { resource: 'a', fencingToken: 12, token: 'secret', text: 'tno_AbC' },
};

function folderOf(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'tnd-'));
  context.after(() => removeFolder(folder));
  return folder;
}

/** A command in the folder that does as the script says. */
function command(folder: string, script: string, name = 'command'): string {
  const file = join(folder, name);
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
  return file;
}

function deferred() {
  let resolve: () => void = () => undefined;
  const promise = new Promise<void>((done) => {
    resolve = done;
  });
  return { promise, resolve };
}

function sinkFor(file: string, timeLimitMs = 10_000) {
  const reasons: string[] = [];
  let given: () => void = () => undefined;
  const givenUp = new Promise<void>((resolve) => {
    given = resolve;
  });
  const sink = new DeliveryQueue({
    deliver: (event, signal) =>
      runEventCommand(
        { command: [file, 'otel', 'emit'], environment: { PATH: process.env['PATH'] }, timeLimitMs },
        event,
        signal,
      ),
    onOff: (reason) => {
      reasons.push(reason);
      given();
    },
    onBack: () => undefined,
  });
  return { sink, reasons, givenUp };
}

test('a sink that throws harms no other and is told of once', () => {
  const seen: string[] = [];
  const faults: string[] = [];
  const faulty = {
    emit() {
      throw new Error('broken');
    },
  };
  const good = { emit: ({ action }: TenureEvent) => void seen.push(action) };
  const bus = new EventBus(
    [
      { name: 'faulty', sink: faulty },
      { name: 'good', sink: good },
    ],
    (name) => faults.push(name),
  );
  bus.emit(EVENT);
  bus.emit(EVENT);
  assert.deepEqual(seen, ['lease.replaced', 'lease.replaced']);
  assert.deepEqual(faults, ['faulty']);
});

test('an event is a line of the log at its own level', () => {
  const lines: string[] = [];
  const log = createLog({ level: 'info', destination: { write: (line) => lines.push(line) } });
  const sink = createLogSink(log);
  sink.emit({ ...EVENT, level: 'debug' });
  sink.emit({ ...EVENT, level: 'warn', success: false });
  assert.equal(lines.length, 1);
  const line = JSON.parse(lines[0] ?? '');
  assert.equal(line.level, 'warn');
  assert.equal(line.event, 'lease.replaced');
  assert.equal(line.success, false);
  assert.equal(line.metadata.resource, 'a');
});

test('the command gets the event as arguments, no input and nothing secret', async (t) => {
  const folder = folderOf(t);
  const out = join(folder, 'out');
  const { sink } = sinkFor(command(folder, `printf '%s\\n' "$@" >'${out}'; cat >>'${out}'`));
  sink.emit(EVENT);
  await sink.close(10_000);
  const metadata = '{"resource":"a","fencingToken":12,"token":"[redacted]","text":"[redacted]"}';
  const args = ['otel', 'emit', 'lease.replaced', '--source', 'tenure', '--component', 'lease'];
  const options = ['--level', 'info', '--success', 'true', '--metadata', metadata];
  assert.equal(readFileSync(out, 'utf8'), `${[...args, ...options].join('\n')}\n`);
});

test('commands run one at a time, in order, and those that wait run at the end', async (t) => {
  const folder = folderOf(t);
  const out = join(folder, 'out');
  const { sink } = sinkFor(
    command(
      folder,
      `mkdir '${folder}/busy' || echo two at once >>'${out}'; echo "$3" >>'${out}'; rmdir '${folder}/busy'`,
    ),
  );
  for (let index = 0; index < 10; index += 1) sink.emit({ ...EVENT, action: `lease.${index}` });
  await sink.close(10_000);
  assert.equal(readFileSync(out, 'utf8'), Array.from({ length: 10 }, (_, index) => `lease.${index}\n`).join(''));
});

test('a command that fails again and again is run no more', async (t) => {
  const folder = folderOf(t);
  const out = join(folder, 'out');
  const { sink, reasons, givenUp } = sinkFor(command(folder, `echo run >>'${out}'; exit 3`));
  for (let index = 0; index < 20; index += 1) sink.emit(EVENT);
  await givenUp;
  sink.emit(EVENT);
  await sink.close(1_000);
  assert.equal(readFileSync(out, 'utf8'), 'run\n'.repeat(5));
  assert.deepEqual(sink.counts, { delivered: 0, failed: 5, dropped: 16, sampledOut: 0 });
  assert.equal(reasons.length, 1);
  assert.match(reasons[0] ?? '', /exit code 3, 5 times in a row/);
});

test('a command that hangs is killed, one that is missing is given up', async (t) => {
  const folder = folderOf(t);
  const hanging = sinkFor(command(folder, 'exec sleep 1000'), 20);
  for (let index = 0; index < 5; index += 1) hanging.sink.emit(EVENT);
  await hanging.givenUp;
  assert.match(hanging.reasons[0] ?? '', /SIGKILL/);
  const missing = sinkFor(join(folder, 'missing'));
  for (let index = 0; index < 5; index += 1) missing.sink.emit(EVENT);
  await missing.givenUp;
  assert.match(missing.reasons[0] ?? '', /ENOENT/);
});

test('what waits is bounded, and details are dropped first', async (t) => {
  const folder = folderOf(t);
  const out = join(folder, 'out');
  const { sink } = sinkFor(command(folder, `echo "$3" >>'${out}'`));
  for (let index = 0; index < 40; index += 1) sink.emit({ ...EVENT, level: 'debug', action: 'lease.debug' });
  sink.emit({ ...EVENT, action: 'lease.info' });
  await sink.close(20_000);
  assert.equal(readFileSync(out, 'utf8'), `${'lease.debug\n'.repeat(16)}lease.info\n`);
});

test('every event that was not delivered is counted, by why', async () => {
  const begun = deferred();
  const sink = new DeliveryQueue({
    deliver: (_event, signal) => {
      begun.resolve();
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve('given up')));
    },
    onOff: () => undefined,
    onBack: () => undefined,
  });
  sink.emit(EVENT);
  await begun.promise;
  for (let index = 0; index < 20; index += 1) sink.emit({ ...EVENT, level: 'debug' });
  for (let index = 0; index < 300; index += 1) sink.emit(EVENT);
  assert.deepEqual(sink.counts, { delivered: 0, failed: 0, dropped: 60, sampledOut: 4 });
  await sink.close(0);
  assert.equal(sink.counts.failed, 1);
});

test('what was switched off is tried again, and back when it works', async () => {
  let works = false;
  const seen: string[] = [];
  const off = deferred();
  const back = deferred();
  const sink = new DeliveryQueue({
    deliver: async ({ action }) => {
      if (!works) return 'out of order';
      seen.push(action);
      return undefined;
    },
    onOff: off.resolve,
    onBack: back.resolve,
    offMs: 0,
  });
  for (let index = 0; index < 5; index += 1) sink.emit(EVENT);
  await off.promise;
  works = true;
  sink.emit({ ...EVENT, action: 'lease.expired' });
  await back.promise;
  assert.deepEqual(seen, ['lease.expired']);
  assert.deepEqual(sink.counts, { delivered: 1, failed: 5, dropped: 0, sampledOut: 0 });
  await sink.close(0);
});

test('whoever tells of an event waits for nothing that is done with it', async () => {
  let begun = false;
  const sink = new DeliveryQueue({
    deliver: (_event, signal) => {
      begun = true;
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve('given up')));
    },
    onOff: () => undefined,
    onBack: () => undefined,
  });
  sink.emit(EVENT);
  assert.equal(begun, false);
  await sink.close(10);
  assert.equal(begun, true);
});

test('a template puts the parts of an event where it names them, each within one argument', () => {
  const event = { ...EVENT, metadata: { text: 'a b {action}', token: 'x' } };
  assert.deepEqual(argumentsFor(['-t', 'tenure/{component}', '{action}={level} {success}', '{metadata}'], event), [
    '-t',
    'tenure/lease',
    'lease.replaced=info true',
    '{"text":"a b {action}","token":"[redacted]"}',
  ]);
  assert.deepEqual(argumentsFor(['{other}'], EVENT).slice(0, 2), ['{other}', 'lease.replaced']);
});

test('close waits no longer than its grace', async (t) => {
  const folder = folderOf(t);
  const began = join(folder, 'began');
  const { sink } = sinkFor(command(folder, `echo >'${began}'; exec sleep 1000`));
  sink.emit(EVENT);
  await sink.close(50);
  sink.emit(EVENT);
  await sink.close(50);
});

test('a command is found in absolute folders of PATH only', (t) => {
  const folder = folderOf(t);
  const file = command(folder, 'true', 'joelclaw');
  writeFileSync(join(folder, 'plain'), '', { mode: 0o644 });
  assert.equal(findOnPath('joelclaw', ['', '.', folder].join(delimiter)), file);
  assert.equal(findOnPath('plain', folder), undefined);
  assert.equal(findOnPath('joelclaw', undefined), undefined);
  assert.equal(existsSync(file), true);
});
