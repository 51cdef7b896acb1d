import type { SessionServiceService } from '@tenure/client/gen/tenure/session/v1/session_service';
import { messageOf } from '../os/errno.js';
import { runShellCommand } from '../os/shell_command.js';
import type { Peer } from '../rpc/context.js';
import type { HandlersFor } from '../rpc/handlers.js';
import { Refusal } from '../rpc/refusal.js';
import type { SessionAdapter } from './adapter.js';
import { createAgents } from './configured_agents/create_agents.js';
import { createContainers } from './containers/create_containers.js';
import { FuseActions } from './fuses/fuse_actions.js';
import { FuseFiles } from './fuses/fuse_files.js';
import { FuseService } from './fuses/fuse_service.js';
import { Fuses } from './fuses/fuses.js';
import { SessionHooks } from './hooks/session_hooks.js';
import { Webhooks } from './hooks/webhook.js';
import { sendPost } from './hooks/webhook_post.js';
import { LaunchedSession } from './launched/launched_session.js';
import { LaunchedSessions } from './launched/launched_sessions.js';
import { Launching } from './launched/launching.js';
import type { LaunchRecord } from './launched/record.js';
import { SessionFolders } from './launched/session_folders.js';
import { LeftBehind } from './listing/left_behind.js';
import { Listing } from './listing/listing.js';
import { SessionFeed } from './listing/session_feed.js';
import { Watching } from './listing/watching.js';
import { OutputLog } from './output/output_log.js';
import { ownPeer } from './own_peer.js';
import { sessionHandlers } from './service.js';
import { SessionActs } from './session_acts.js';
import { limitedResources as resourcesOf } from './session_leases.js';
import { sessionMessage } from './session_message.js';
import type { SessionsOptions } from './sessions_options.js';
import { readExit } from './shim/shim_exit.js';
import { processesOf } from './stopping/marked_processes.js';
import { othersInProcess } from './stopping/shared_process_rules.js';
import { endFound } from './stopping/stop_found.js';
import { yieldingLeases } from './yielding_leases.js';

/** Numbers for the daemon's status. */
export interface SessionNumbers {
  readonly running: number;
  readonly ended: number;
  readonly fuses: number;
}

export interface Sessions {
  readonly handlers: HandlersFor<typeof SessionServiceService>;
  /** Undefined until what earlier runs left is taken up. */
  numbers(): SessionNumbers | undefined;
  /** Takes up what earlier runs left; until it resolves, calls are refused with RECONCILING. Answers what could not be read. */
  start(): Promise<readonly { readonly folder: string; readonly fault: string }[]>;
  /** The configuration has changed. */
  configured(): void;
  close(): Promise<void>;
}

/** Puts the room together. */
export function createSessions(options: SessionsOptions): Sessions {
  const { clock, processWatch, bootId, events, onFault, settings, environment } = options;
  const childTrace = options.childTrace ?? (() => ({}));
  let ready = false;
  /** Why it is not, as far as is known. */
  let fault = '';
  let unreadable: Awaited<ReturnType<LaunchedSessions['restore']>> | undefined;
  const folders = new SessionFolders(options.folder);
  const adapters = (): readonly SessionAdapter[] => [...options.adapters(), containers.adapter];
  const adapterOf = (name: string): SessionAdapter | undefined => adapters().find((adapter) => adapter.name === name);
  const webhooks = new Webhooks({ post: sendPost, secret: options.webhookSecret, clock });
  const hooks = new SessionHooks({
    run: runShellCommand,
    environment,
    webhooks,
    limitMs: () => settings().hookTimeoutMs,
    wallMs: clock.wallMs,
    events,
  });
  const feed = new SessionFeed(Math.floor(clock.wallMs() * 1_000));
  const bring = (record: LaunchRecord): LaunchedSession => {
    const output = new OutputLog(folders.folderOf(record.sessionId));
    return new LaunchedSession(record, {
      folders,
      output,
      readExit: () => readExit(folders.folderOf(record.sessionId)),
      processWatch,
      clock,
      bootId,
      adapter: adapterOf(record.adapter),
      container: containers.ofSession(record, output),
      afterEnd: (ended) => hooks.afterEnd(ended),
      stopGraceMs: () => settings().stopGraceMs,
      events,
      onChange: (session) => {
        listing
          .launched(session.record.sessionId)
          .then((view) => {
            if (view !== undefined) feed.touch(sessionMessage(view));
          })
          .catch(onFault);
        if (session.phase !== 'ended') return;
        fuses.sessionEnded(session.record.sessionId);
        // Also where it is of no agent: what all sessions share may have kept one waiting.
        schedules.sessionEnded();
      },
      onFault,
    });
  };
  const left = new LeftBehind();
  const launched = new LaunchedSessions({
    folders,
    bring,
    left,
    wallMs: clock.wallMs,
    keepMs: () => settings().keepMs,
    onForgotten: () => {
      look().catch(onFault);
    },
    onFault,
  });
  const listing = new Listing({
    adapters,
    launched: () => launched.all(),
    launchedOne: (sessionId) => launched.get(sessionId),
    left,
    wallMs: clock.wallMs,
    monotonicMs: clock.monotonicMs,
    windowMs: () => settings().discoverWindowMs,
  });
  const look = async (): Promise<void> => {
    const { views, reports } = await listing.list();
    const failed = new Set(reports.filter(({ ok }) => !ok).map(({ adapter }) => adapter));
    feed.look(views.map(sessionMessage), failed);
  };
  const isGone = async (sessionId: string): Promise<boolean> =>
    launched.get(sessionId)?.phase === 'ended' && (await processesOf(sessionId, undefined)).length === 0;
  const leases = yieldingLeases(options.leases, isGone, clock.monotonicMs);
  const limitedResources = (name: string): readonly string[] => resourcesOf(name, settings());
  const admit = (record: LaunchRecord): void => void launched.admit(record);
  const peer = (): Peer => ownPeer(options.ownUid, bootId);
  const containers = createContainers({
    ...options.containers,
    folders,
    leases,
    limitedResources,
    clock,
    bootId,
    peer,
    admit,
    processWatch,
    environment,
    childTrace,
    agents: options.agents,
    launched: () => launched.all(),
    launchedOne: (sessionId) => launched.get(sessionId),
    events,
    onFault,
  });
  const launching = new Launching({
    folders,
    leases,
    clock,
    bootId,
    newId: () => `s${options.randomId()}`,
    environment,
    childTrace,
    directoryResource: options.directoryResource,
    limitedResources,
    makeWorktree: options.makeWorktree,
    dropWorktree: options.dropWorktree,
    onCreate: (command, facts, directory) => hooks.onCreate(command, facts, directory),
    admit,
    events,
  });
  const { agents, schedules } = createAgents({
    ...options.schedules,
    agents: options.agents,
    launched: () => launched.all(),
    lookAtLeft: () => left.look(launched.all()),
    launch: (request, peer, dueWallMs) => acts.launch(request, peer, dueWallMs),
    peer,
    show: async (sessionId) => sessionMessage(await listing.named(sessionId)),
    notReady: (agent) => containers.notReady(agent),
    wallMs: clock.wallMs,
    events,
    onFault,
  });
  const acts = new SessionActs({
    launched,
    launching,
    folders,
    adapterOf,
    adapterNames: () => options.adapters().map(({ name }) => name),
    agentOf: (name) => agents.named(name),
    containers,
    lookAgain: (view) => listing.again(view),
    othersInProcess: async (view) => othersInProcess(view, (await listing.list()).views),
    endFound: (main, graceMs) => {
      const killAtMs = clock.monotonicMs() + graceMs;
      return endFound(main, { killAtMs: () => killAtMs, monotonicMs: clock.monotonicMs, watch: processWatch });
    },
    hurry: () => processWatch.hurry(),
    wallMs: clock.wallMs,
    ownUid: options.ownUid,
    stopGraceMs: () => settings().stopGraceMs,
  });
  const fuses = new Fuses({
    files: new FuseFiles(options.fuseFolder),
    actions: new FuseActions({
      run: runShellCommand,
      environment,
      webhooks,
      stopSession: async (sessionId, reason) => {
        await acts.stop(await listing.named(sessionId), { by: 'fuse', uid: options.ownUid, pid: process.pid, reason });
      },
      events,
    }),
    wallMs: clock.wallMs,
    newId: () => `f${options.randomId()}`,
    events,
  });
  const watching = new Watching({ feed, look, onFault });
  return {
    handlers: sessionHandlers({
      listing,
      acts,
      watching,
      agents,
      fuses: new FuseService({
        fuses,
        resolveSession: async (wanted) => (await listing.find(wanted)).sessionId,
        hasEnded: (sessionId) => launched.get(sessionId)?.phase === 'ended',
      }),
      events,
      ownUid: options.ownUid,
      checkReady: () => {
        if (ready) return;
        const trouble = `can't be taken up: ${fault}; it is tried again, and 'tenure health' shows how that goes`;
        const why = fault === '' ? 'is being taken up; try again in a moment' : trouble;
        throw new Refusal('RECONCILING', `what earlier runs left ${why}`);
      },
    }),
    numbers: () => {
      if (!ready) return undefined;
      const all = [...launched.all()];
      const ended = all.filter(({ phase }) => phase === 'ended').length;
      return { running: all.length - ended, ended, fuses: fuses.list({ sessionId: '', directory: '' }).length };
    },
    start: async () => {
      // Once, however often what follows has to be tried again.
      unreadable ??= await launched.restore();
      await containers.start().catch((error: unknown) => {
        fault = messageOf(error);
        throw error;
      });
      fuses.load();
      ready = true;
      schedules.start();
      return unreadable;
    },
    configured: () => {
      for (const part of [containers, schedules]) part.configured();
    },
    close: async () => {
      watching.close();
      await schedules.close();
      await fuses.close();
      await hooks.close();
      await launched.close();
      containers.close();
    },
  };
}
