import { join } from 'node:path';
import { bootId, machineId } from '../os/boot.js';
import type { Arguments } from './arguments.js';
import type { Closers } from './closers.js';
import { type LoadedConfig, loadConfig } from './config/config_file.js';
import { type DaemonRecord, type LastExit, lastExitOf, readRecord } from './daemon_record.js';
import {
  type ConfigChoice,
  chooseConfig,
  chooseSockets,
  chooseState,
  type Environment,
  folderOwner,
  homeOfUser,
  type PathInputs,
  type SocketPlace,
  settleStateDir,
} from './paths.js';
import { ExitCode, StartFailure } from './start_failure.js';
import { lockStateFolder, openStateFolder, type StateLock } from './state_folder.js';

export interface FoundationOptions {
  readonly environment: Environment;
  readonly arguments: Arguments;
  /** Where it has been read already. */
  readonly configuration?: Configuration | undefined;
}

/** What a daemon stands on before it opens anything of substance: it knows its places, and is alone there. */
export interface Foundation {
  readonly ownUid: number;
  readonly bootId: string;
  readonly configChoice: ConfigChoice;
  readonly loaded: LoadedConfig;
  readonly stateDir: string;
  readonly lock: StateLock;
  readonly places: readonly [SocketPlace, ...SocketPlace[]];
  readonly recordPath: string;
  /** What the run before left. */
  readonly previous: DaemonRecord | undefined;
  readonly lastExit: LastExit;
}

export interface Configuration extends Pick<Foundation, 'ownUid' | 'configChoice' | 'loaded'> {
  readonly inputs: PathInputs;
}

/** Touches nothing; throws ConfigInvalid with all that is wrong. */
export async function readConfiguration(options: FoundationOptions): Promise<Configuration> {
  const ownUid = process.getuid?.();
  if (process.platform !== 'linux' || ownUid === undefined) {
    throw new StartFailure(
      ExitCode.CANNOT_CREATE,
      `tenured needs Linux, whose kernel it asks about processes; this is ${process.platform}`,
    );
  }
  const inputs: PathInputs = {
    environment: options.environment,
    home: homeOfUser(),
    machineId: machineId(),
    uid: ownUid,
    folderOwner,
  };
  const { configPath } = options.arguments;
  const configChoice = configPath === undefined ? chooseConfig(inputs) : { path: configPath, explicit: true };
  return { ownUid, inputs, configChoice, loaded: await loadConfig(configChoice, ownUid) };
}

/** Configuration first: a wrong one touches nothing. Then the folder and its lock. */
export async function layFoundation(options: FoundationOptions, closers: Closers): Promise<Foundation> {
  const { ownUid, inputs, configChoice, loaded } = options.configuration ?? (await readConfiguration(options));
  const stateDir = settleStateDir(chooseState(inputs));
  openStateFolder(stateDir, ownUid);
  const lock = await lockStateFolder(stateDir, ownUid, process.pid);
  closers.add('lock', () => lock.release());
  const places = chooseSockets(inputs, stateDir, loaded.config.socket);
  const recordPath = join(stateDir, 'daemon.json');
  const previous = readRecord(recordPath);
  const boot = bootId();
  return {
    ownUid,
    bootId: boot,
    configChoice,
    loaded,
    stateDir,
    lock,
    places,
    recordPath,
    previous,
    lastExit: lastExitOf(previous, boot),
  };
}
