import { appendFileSync, closeSync, mkdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { FakeDaemon } from './fake_daemon.js';

// What a client starts in the tests of autostart: behaves like the daemon up
// to its readiness, on TENURE_SOCKET, with its traces in TENURE_STATE_DIR.

const stateDir = process.env['TENURE_STATE_DIR'] ?? '';
const socketPath = process.env['TENURE_SOCKET'] ?? '';
const readyFd = Number(process.env['TENURE_READY_FD']);

function report(line: object): void {
  writeSync(readyFd, `${JSON.stringify(line)}\n`);
  closeSync(readyFd);
}

function refuse(exitCode: number, message: string): never {
  report({ ready: false, message, exitCode });
  process.exit(exitCode);
}

appendFileSync(join(stateDir, 'started'), `${process.pid}\n`);
const mood = process.argv[2];
if (mood === 'misconfigured') {
  refuse(78, 'line 3: unknown key `leasses`');
}
if (mood === 'speechless') {
  process.exit(74);
}
try {
  mkdirSync(join(stateDir, 'lock'));
} catch {
  refuse(75, 'tenured is already running (pid 1)');
}
// A crash leaves it behind.
rmSync(socketPath, { force: true });
const daemon = new FakeDaemon(socketPath);
await daemon.start();
writeFileSync(join(stateDir, 'environment'), JSON.stringify({ ...process.env, cwd: process.cwd() }));
report({ ready: true, pid: process.pid, socketPath });
