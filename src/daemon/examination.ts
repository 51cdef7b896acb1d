import { join } from 'node:path';
import { bootId, machineId } from '../os/boot.js';
import { examineVault } from '../secret/vault/vault_examination.js';
import { examineStore } from '../store/examination.js';
import type { Arguments } from './arguments.js';
import { DEFAULT_CONFIG } from './config/config.js';
import { type LoadedConfig, loadConfig } from './config/config_file.js';
import {
  chooseConfig,
  chooseSockets,
  chooseState,
  type Environment,
  folderOwner,
  homeOfUser,
  type PathInputs,
  readPointer,
} from './paths.js';
import { StartFailure } from './start_failure.js';
import { daemonVersion } from './version.js';

/** As `tenured --examine` prints it, for `tenure doctor`: what a daemon would find here. Nothing is changed. */
export interface Examination {
  readonly version: string;
  readonly stateDir: string;
  /** Where it would listen. */
  readonly socketPath: string;
  readonly configuration: {
    /** Empty where there is no place for one. */
    readonly path: string;
    readonly exists: boolean;
    /** All that is wrong with it; empty where nothing is. */
    readonly fault: string;
    /** Whether it admits other users. */
    readonly peers: boolean;
    /** Agents in containers. */
    readonly agents: number;
  };
  /** Left out of what it looks at while a daemon runs: one that writes looks like damage. */
  readonly store: ReturnType<typeof examineStore>;
  readonly vault: Awaited<ReturnType<typeof examineVault>>;
}

export async function examine(environment: Environment, given: Arguments, ownUid: number): Promise<Examination> {
  const inputs: PathInputs = { environment, home: homeOfUser(), machineId: machineId(), uid: ownUid, folderOwner };
  const choice = chooseState(inputs);
  const stateDir = choice.kind === 'given' ? choice.stateDir : (readPointer(choice.pointerPath) ?? choice.proposal);
  const { configPath } = given;
  const configChoice = configPath === undefined ? chooseConfig(inputs) : { path: configPath, explicit: true };
  let loaded: LoadedConfig = { config: DEFAULT_CONFIG, path: configChoice.path };
  let fault = '';
  try {
    loaded = await loadConfig(configChoice, ownUid);
  } catch (error) {
    if (!(error instanceof StartFailure)) throw error;
    fault = error.message;
  }
  return {
    version: daemonVersion(),
    stateDir,
    socketPath: chooseSockets(inputs, stateDir, loaded.config.socket)[0].path,
    configuration: {
      path: configChoice.path ?? '',
      exists: loaded.path !== undefined,
      fault,
      peers: loaded.config.peers.length > 0,
      agents: loaded.config.agents.length,
    },
    store: examineStore(stateDir, bootId()),
    vault: await examineVault(join(stateDir, 'vault'), ownUid),
  };
}
