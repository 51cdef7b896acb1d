import type { ReloadOutcome } from '../../health/service.js';
import type { WarningRegistry } from '../../health/warning_registry.js';
import { messageOf } from '../../os/errno.js';
import type { ConfigChoice } from '../paths.js';
import { StartFailure } from '../start_failure.js';
import type { Config } from './config.js';
import { type LoadedConfig, loadConfig } from './config_file.js';

export interface ReloadParts {
  readonly choice: ConfigChoice;
  readonly ownUid: number;
  readonly warnings: WarningRegistry;
  readonly onReloaded: (config: Config, needsRestart: readonly string[]) => void;
  readonly onRefused: (message: string) => void;
}

/** The keys whose change takes effect at the next start only. */
export function keysForRestart(before: Config, after: Config): readonly string[] {
  const pairs: readonly (readonly [string, (config: Config) => unknown])[] = [
    ['socket', (config) => config.socket],
    ['leases.terminateGrace', (config) => config.leases.terminateGraceMs],
    ['leases.history', (config) => config.leases.history],
    ['leases.limits', (config) => config.leases.limits],
    // Whether others may reach the socket is decided when it is bound.
    ['peers', (config) => config.peers.length > 0],
    ['sessions.external', (config) => config.sessions.external],
    ['events', (config) => config.events],
    ['telemetry', (config) => config.telemetry],
    ['metrics', (config) => config.metrics],
  ];
  return pairs
    .filter(([, value]) => JSON.stringify(value(before)) !== JSON.stringify(value(after)))
    .map(([key]) => key);
}

/** The configuration in force: the one of the start, until a newer one is right in all its parts. */
export class LiveConfig {
  readonly #parts: ReloadParts;
  readonly #atStart: Config;
  #loaded: LoadedConfig;
  #reloading: Promise<unknown> = Promise.resolve();

  constructor(loaded: LoadedConfig, parts: ReloadParts) {
    this.#loaded = loaded;
    this.#atStart = loaded.config;
    this.#parts = parts;
  }

  get current(): Config {
    return this.#loaded.config;
  }

  /** Empty where all is default. */
  get path(): string {
    return this.#loaded.path ?? '';
  }

  /** Reads the file again; a wrong one is told and changes nothing. */
  async reload(): Promise<ReloadOutcome> {
    const reload = this.#reloading.then(() => this.#reload());
    // The next one reads the file anew, whatever became of this one.
    this.#reloading = reload.catch(() => undefined);
    return reload;
  }

  async #reload(): Promise<ReloadOutcome> {
    const { choice, ownUid, warnings, onReloaded, onRefused } = this.#parts;
    try {
      this.#loaded = await loadConfig(choice, ownUid);
    } catch (error) {
      const message = error instanceof StartFailure ? error.message : messageOf(error);
      warnings.raise('config-invalid', {
        message,
        remedy: 'mend it and reload it again (tenure daemon reload); the configuration before stays in force',
      });
      onRefused(message);
      return { kind: 'refused', message };
    }
    warnings.clear('config-invalid');
    const needsRestart = keysForRestart(this.#atStart, this.current);
    if (needsRestart.length === 0) warnings.clear('config-needs-restart');
    else {
      warnings.raise('config-needs-restart', {
        message: `changed, but not in force yet: ${needsRestart.join(', ')}`,
        remedy: 'restart the daemon: tenure daemon restart',
      });
    }
    onReloaded(this.current, needsRestart);
    return { kind: 'reloaded', configPath: this.path, needsRestart };
  }
}
