import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { ExitCode } from '../exit_codes.js';
import { Failure } from '../failure.js';
import { printable } from '../style.js';
import { systemWords } from '../system_words.js';
import { checkMatrix, type MatrixInput } from './matrix_schema.js';

/**
 * Reads a matrix. Its directory is absolute then: a relative one begins at the file's folder.
 *
 * @throws Failure with all faults of the file.
 */
export function readMatrix(path: string): MatrixInput {
  const document = parseDocument(readText(path));
  if (document.errors.length > 0)
    throw invalid(
      path,
      document.errors.map(({ message }) => firstLine(message)),
    );
  const checked = checkMatrix(contentsOf(path, document));
  if ('faults' in checked) throw invalid(path, checked.faults);
  const { matrix } = checked;
  return { ...matrix, directory: resolve(dirname(path), matrix.directory) };
}

function contentsOf(path: string, document: ReturnType<typeof parseDocument>): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw invalid(path, [firstLine(error instanceof Error ? error.message : String(error))]);
  }
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    const isMissing = code === 'ENOENT' || code === 'ENOTDIR';
    throw new Failure(
      isMissing ? 'MATRIX_NOT_FOUND' : 'MATRIX_UNREADABLE',
      ExitCode.NO_INPUT,
      `the matrix ${printable(path)} ${isMissing ? 'is not there' : `can't be read: ${systemWords(error)}`}`,
    );
  }
}

function firstLine(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/:$/, '');
}

function invalid(path: string, faults: readonly string[]): Failure {
  const count = faults.length === 1 ? 'a fault' : `${faults.length} faults`;
  const lines = faults.map((fault) => `  ${printable(fault)}`);
  return new Failure(
    'MATRIX_INVALID',
    ExitCode.CONFIG,
    [`the matrix ${printable(path)} has ${count}:`, ...lines].join('\n'),
  );
}
