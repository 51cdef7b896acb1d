import { open } from 'node:fs/promises';

/** The beginning of a file. Empty where it can't be read: gone, or another user's. */
export async function readStartOf(path: string, bytes: number): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0);
      return buffer.toString('utf8', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return '';
  }
}
