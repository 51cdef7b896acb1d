import type { ExitCode } from '../exit_codes.js';

/** A reason of the command line's own, as docs/errors.md has it. */
export interface OwnError {
  /** The exit code that it comes with; of commands that choose their own, the usual one. */
  readonly exitCode: keyof typeof ExitCode;
  /** What it means, and what to do. */
  readonly text: string;
}

/** What the command line gives as a reason besides those of the contract. */
export const OWN_ERRORS = {
  ARTIFACT_UNREADABLE: { exitCode: 'NO_INPUT', text: "the artifact can't be read; the message says why" },
  COMMAND_NOT_EXECUTABLE: {
    exitCode: 'NOT_EXECUTABLE',
    text: "the command was found, and can't be executed; see its mode and its first line",
  },
  COMMAND_NOT_FOUND: {
    exitCode: 'NOT_FOUND',
    text: 'no command of this name is on PATH; write a path, with a slash in it',
  },
  DENIED: { exitCode: 'DENIED', text: 'the system does not let this user do it' },
  ENV_FILE_EXISTS: {
    exitCode: 'USAGE',
    text: 'the file is not one that tenure wrote; name another, or replace it with `--force`',
  },
  ENV_FILE_HELD: {
    exitCode: 'HELD',
    text: 'another run of `tenure secret env` writes the file, or keeps it with `--watch`; end that one, or name another file',
  },
  ENV_FILE_NOT_WRITTEN: { exitCode: 'UNREACHABLE', text: 'the file could not be written; the message says why' },
  ENV_FILE_UNREADABLE: { exitCode: 'NO_INPUT', text: 'the file could not be read; the message says why' },
  GIT_NOT_FOUND: { exitCode: 'UNREACHABLE', text: 'git is not on PATH; worktrees are made with it' },
  IMPORT_INVALID: {
    exitCode: 'USAGE',
    text: 'the file to import is not written as it must be; the message has the lines',
  },
  MATRIX_INVALID: {
    exitCode: 'USAGE',
    text: 'the matrix file is not written as it must be; the message has the lines',
  },
  MATRIX_NOT_FOUND: { exitCode: 'NO_INPUT', text: 'there is no such matrix file' },
  MATRIX_UNREADABLE: { exitCode: 'NO_INPUT', text: "the matrix file can't be read; the message says why" },
  NO_FOLDER: { exitCode: 'NO_INPUT', text: 'there is no such folder' },
  NO_INPUT: { exitCode: 'NO_INPUT', text: "a file that was named can't be read, or is not there" },
  NO_LOG: { exitCode: 'UNREACHABLE', text: 'there is no log yet; a daemon in the foreground writes to standard error' },
  NO_REPOSITORY: { exitCode: 'NO_INPUT', text: 'the folder is in no git repository; name one with `--directory`' },
  NO_WORKTREE: { exitCode: 'NO_INPUT', text: 'no worktree of this name was made by a session' },
  OUTPUT_FAILED: {
    exitCode: 'OUTPUT',
    text: 'what was to be printed could not be written, such as to a full disk; what was asked for may have been done',
  },
  PROJECT_FILE_INVALID: {
    exitCode: 'USAGE',
    text: 'the project file is not written as it must be; the message has the lines',
  },
  PROJECT_FILE_NOT_FOUND: {
    exitCode: 'NO_INPUT',
    text: 'there is no project file here or above; name one with `--project`',
  },
  PROJECT_FILE_UNREADABLE: { exitCode: 'NO_INPUT', text: "the project file can't be read; the message says why" },
  PROMPT_UNREADABLE: { exitCode: 'NO_INPUT', text: "the file of the prompt can't be read; the message says why" },
  STILL_RUNNING: {
    exitCode: 'UNREACHABLE',
    text: 'the daemon has not ended in time; it finishes what is under way, wait longer with `--timeout`',
  },
  UNIT_EXISTS: { exitCode: 'USAGE', text: 'a unit of this name is there, and tenure did not write it; move it away' },
  UNIT_NOT_WRITTEN: { exitCode: 'DENIED', text: "the unit can't be written or removed; the machine's are root's" },
  USAGE: {
    exitCode: 'USAGE',
    text: 'the command was written wrongly; the message says where, `--help` how it is written',
  },
  VALUE_UNFIT: {
    exitCode: 'USAGE',
    text: "the value of a secret can't be kept in this form; the message says in which it can",
  },
} as const satisfies Readonly<Record<string, OwnError>>;

export type OwnReason = keyof typeof OWN_ERRORS;
