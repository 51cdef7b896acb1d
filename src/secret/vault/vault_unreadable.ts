/** A vault that can't be opened. Nothing of it was changed; the daemon must not start over it. */
export class VaultUnreadable extends Error {
  override readonly name = 'VaultUnreadable';
  /** The folder or file that is at fault. */
  readonly path: string;

  /** `fault` follows the path: `is empty`. Nothing secret in it. */
  constructor(folder: string, path: string, fault: string) {
    super(
      `${path} ${fault}; nothing was changed. Restore ${folder} from a backup, or move it away to begin without secrets`,
    );
    this.path = path;
  }
}
