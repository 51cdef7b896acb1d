/** Writes to the standard input of a session that was launched with one; with `close` it ends after it. */
export function writeInput(folder: string, bytes: Uint8Array, close: boolean): Promise<void> {
  return Promise.reject(new Error(`${folder}: ${bytes.length} bytes cannot be written yet (${close})`));
}
