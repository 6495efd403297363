// The composition root: builds the audio side and the facts side bottom-up, joins them in the
// recordings, and owns both. start() and close(); everything else goes through `api`.
import { Alarms } from "./alarms.ts";
import { FactsService } from "./association/facts.ts";
import type { Facts, FactsDelegate, LinkStatus } from "./facts-contract.ts";
import { maskSecrets, type ConfigProblem, type RecorderConfig } from "./config.ts";
import { ERRORS, RecorderError, systemCode, type ErrorCode } from "./errors.ts";
import type { RecorderApi } from "./http/api.ts";
import { ApiKeys } from "./http/keys.ts";
import type { Logger } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { explain } from "./outcome.ts";
import type {
  CatalogRow,
  DirectoryLock,
  MediaEvent,
  MediaPlane,
  RecorderPorts,
} from "./ports/index.ts";
import { createApi } from "./recorder-api.ts";
import { createDryRun } from "./recorder-dry-run.ts";
import { RecorderLive } from "./recorder-live.ts";
import { OfficeLinks } from "./recorder-links.ts";
import { RecorderLoad } from "./recorder-load.ts";
import { createLogs, type RecorderLogs } from "./recorder-logs.ts";
import { LinkRows, RecorderReconciliation } from "./recorder-reconciliation.ts";
import {
  factsOptions,
  mediaPlaneOptions,
  recordingsOptions,
  sipOptions,
} from "./recorder-options.ts";
import { Reloader, type ReloadPart, type ReloadReport } from "./recorder-reload.ts";
import { RecorderRules } from "./recorder-rules.ts";
import { RecorderStorage } from "./recorder-storage.ts";
import { readFinishedParts } from "./recording/finished-part.ts";
import { Recordings } from "./recording/recordings.ts";
import { recover } from "./recording/recovery.ts";
import type { ResumePlan } from "./recording/recovery-plan.ts";
import { WaitingCalls } from "./recording/waiting-calls.ts";
import { SipEndpoint } from "./sip/endpoint.ts";
import { discardedPairs } from "./storage/discarded-pairs.ts";
import { makeDurableDirectory, proveWritable } from "./storage/durable-directory.ts";
import { addressText } from "./sip/uri.ts";
import { StateFile } from "./storage/state-file.ts";
import { toldPairs } from "./storage/told-pairs.ts";
import { unclosedPairs } from "./storage/unclosed-pairs.ts";
import { TlsStore, type TlsRenewal } from "./tls-files.ts";

export interface RecorderDelegate {
  /** The media plane is dead, or a programmer's mistake: the process should end with code 70. */
  onFatal(error: Error): void;
  /** A link to an IP Office says something new of itself. */
  onLinkStatus?(status: LinkStatus): void;
}

/** States of a link by which facts come. */
const UP: readonly LinkStatus["state"][] = ["streaming", "recording-control-unavailable"];

/** States of a recording whose audio flows, or is about to. */
const UP_STATES: readonly string[] = ["announced", "opening", "answered"];

/** What of the configuration storage takes at a reload. */
const STORAGE_PATHS = /^(?:pools|encoder\.quality|live\.(?:keepHours|watermark|alarmHours))\b/;

/** What of an IP Office's entry a new connection takes. */
const LINK_PATHS = /^devlink3\[\d+\]\.(?:port|user|password)$/;

type MediaReady = MediaEvent & { type: "ready" };

export class Recorder {
  readonly metrics = new Metrics();
  readonly config: RecorderConfig;
  readonly keys: ApiKeys;
  /** The rules in force, and the Recording Monitor. */
  readonly rules: RecorderRules;
  /** The certificates in use. */
  readonly tls: TlsStore;
  readonly api: RecorderApi;
  readonly #ports: RecorderPorts;
  readonly #delegate: RecorderDelegate;
  readonly #logs: RecorderLogs;
  readonly #log: Logger;
  readonly #live: RecorderLive;
  readonly #media: MediaPlane;
  readonly #recordings: Recordings;
  readonly #storage: RecorderStorage;
  readonly #reloader: Reloader;
  /** In force now. */
  #pause: RecorderConfig["pause"];
  #lock: DirectoryLock | null = null;
  readonly #calls: StateFile;
  readonly #linkFile: StateFile;
  readonly #linkRows: LinkRows;
  readonly #audit: StateFile;
  /** By index in the configuration: two links may lead to the same host. */
  readonly #officeLinks: OfficeLinks;
  readonly #links = new Map<number, LinkStatus>();
  readonly #alarms: Alarms;
  readonly #load: RecorderLoad;
  #facts: Facts | null = null;
  #endpoint: SipEndpoint | null = null;
  #onMediaStarted: ((result: MediaReady | RecorderError) => void) | null = null;
  #onMediaStopped: (() => void) | null = null;
  #mediaState: MediaReady | null = null;
  #isReady = false;

  constructor(config: RecorderConfig, ports: RecorderPorts, delegate: RecorderDelegate) {
    this.config = config;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#logs = createLogs(config.log, { ...ports, metrics: this.metrics });
    this.#log = this.#logs.library;
    this.tls = new TlsStore(config, { ...ports, log: this.#log });
    this.keys = new ApiKeys(config.state.directory, ports);
    this.#media = ports.startMediaPlane((event) => this.#onMediaEvent(event));
    this.#alarms = new Alarms(this.metrics, () => ports.clock.wallTimeMs());
    const common = { ...ports, log: this.#log, metrics: this.metrics };
    this.#load = new RecorderLoad(
      config,
      { ...common, alarms: this.#alarms },
      {
        loads: () => this.#facts?.loads() ?? [],
        recordings: () =>
          this.#recordings.list().filter(({ state }) => UP_STATES.includes(state)).length,
      },
    );
    this.#live = new RecorderLive(config, common, this.#media);
    const recordingPorts = { ...common, log: this.#logs.recordings };
    this.#pause = config.pause;
    const recordings = recordingsOptions(config, () => this.#pause);
    this.#recordings = new Recordings(recordings, recordingPorts, this.#media, {
      onBegan: (clues) => {
        this.#facts?.recordingBegan(clues);
        this.#load.changed();
      },
      onEnded: (recordingKey) => {
        this.#facts?.recordingEnded(recordingKey);
        this.#load.changed();
      },
      onDiscard: (row) => this.#storage.discard(row),
      onAudio: (event) => this.#live.audio(event),
      onNews: (view, news) => this.#live.news(view, news),
      onFinished: (_recordingKey, row, outcome) => {
        this.rules.finished(row, outcome);
        this.#storage.finished(row, outcome);
      },
    });
    this.rules = new RecorderRules(config, common, {
      facts: () => this.#facts,
      recordings: () => this.#recordings.list(),
    });
    const stateFile = (name: string): StateFile =>
      new StateFile(`${config.state.directory}/${name}.jsonl`, ports, {
        onProblem: (code, detail) => this.#log.error(ERRORS[code].remedy, { code, detail }),
      });
    this.#calls = stateFile("calls");
    this.#linkFile = stateFile("links");
    this.#linkRows = new LinkRows(this.#linkFile, ports.clock);
    this.#audit = stateFile("audit");
    this.#storage = new RecorderStorage(
      config,
      {
        ports: { ...common, log: this.#logs.storage },
        ...{ calls: this.#calls, audit: this.#audit, alarms: this.#alarms },
      },
      { onFatal: (error) => delegate.onFatal(error) },
    );
    const { tls } = this;
    this.#officeLinks = new OfficeLinks(config, common, { tls, logs: this.#logs });
    this.#reloader = new Reloader(config, this.#reloadParts(), common);
    this.api = this.#createApi();
  }

  #createApi(): RecorderApi {
    return createApi(
      {
        config: this.config,
        log: this.#log,
        metrics: this.metrics,
        ports: this.#ports,
        recordings: this.#recordings,
        live: this.#live,
        storage: this.#storage.service,
        audit: this.#audit,
        alarms: this.#alarms,
        facts: () => this.#facts,
        readiness: () => this.#readiness(),
      },
      {
        rules: this.rules.book,
        dryRun: createDryRun(this.config, this.#ports.disk, this.rules.book),
        monitor: this.rules,
        reconciliation: this.#createReconciliation(),
        logFilters: this.#logs.filters,
        load: this.#load,
      },
    );
  }

  #createReconciliation(): RecorderReconciliation {
    const { clock, disk, catalog } = this.#ports;
    return new RecorderReconciliation({
      ...{ clock, disk, catalog, calls: this.#calls },
      callsPath: `${this.config.state.directory}/calls.jsonl`,
      ...{ links: this.#linkFile, linksPath: `${this.config.state.directory}/links.jsonl` },
      unstored: () => this.#storage.service.unstored(),
      inProgress: () => this.#recordings.list(),
    });
  }

  /** Resolves when calls can be taken. Rejects with a RecorderError. */
  async start(): Promise<void> {
    const { config } = this;
    const ports = this.#ports;
    await this.#makeDirectories();
    await this.#lockLiveDirectory();
    await this.keys.load();
    await this.rules.book.load();
    await this.tls.load();
    await this.#startMedia();
    this.#facts = this.#createFacts();
    const calls = new WaitingCalls((session) => this.#recordings.onInvite(session));
    this.#endpoint = new SipEndpoint(
      sipOptions(config, this.tls.files),
      { ...ports, log: this.#logs.sip, metrics: this.metrics },
      {
        onInvite: (session) => calls.onInvite(session),
        onSourceRefused: (source, transport) =>
          this.#log.warn("SIP from an address that is not allowed", {
            code: "SIP_SOURCE_REFUSED",
            source,
            transport,
          }),
      },
    );
    const endpoint = this.#endpoint;
    endpoint.isRestoring = true;
    await endpoint.start();
    this.tls.onRenewed("sip", (renewed) => endpoint.renewTls(renewed));
    this.tls.watch();
    const discarded = await this.#recover(endpoint);
    endpoint.isRestoring = false;
    calls.open();
    this.#linkRows.started(config.devlink3.map(({ host }) => host));
    await this.#restoreFinished(this.#facts);
    this.#facts.start();
    this.#load.start();
    this.#isReady = true;
    this.#log.info("configuration", { config: maskSecrets(config) });
    this.#log.info("recorder ready", { sip: this.#sipText(), rtp: this.#rtpText() });
    this.#storage.begin([...discarded.values()]);
  }

  /** What a crash left goes on, is finished or erased; answers the discards that it interrupted. */
  async #recover(endpoint: SipEndpoint): Promise<ReadonlyMap<string, CatalogRow>> {
    const { live, state } = this.config;
    const { disk, clock } = this.#ports;
    const callsPath = `${state.directory}/calls.jsonl`;
    const discarded = await discardedPairs(disk, live.directory, callsPath);
    this.#facts?.partsTold(await toldPairs(disk, live.directory, callsPath));
    const wallTimeMs = (): number => clock.wallTimeMs();
    await recover(
      live.directory,
      { disk, log: this.#logs.recordings, wallTimeMs, discarded },
      {
        restore: (messages, ageMs) => endpoint.restore(messages, ageMs),
        resume: (plan, session) => this.#resume(plan, session),
      },
    );
    return discarded;
  }

  /** Parts that were complete, of conversations that the PBX may show again. */
  async #restoreFinished(facts: Facts): Promise<void> {
    const { live, state } = this.config;
    const { disk, clock } = this.#ports;
    const places = { liveDirectory: live.directory, callsPath: `${state.directory}/calls.jsonl` };
    const keys = await unclosedPairs(disk, places, clock.wallTimeMs());
    const parts = await readFinishedParts(live.directory, keys, {
      disk,
      log: this.#logs.recordings,
    });
    for (const part of parts) facts.restoreFinished(part);
  }

  /** Reads the certificate files now (a reload); calls and open connections go on. */
  renewCertificates(): Promise<TlsRenewal> {
    return this.tls.renew();
  }

  /** What cannot be renewed is told by the store itself. */
  async #renewAll(): Promise<void> {
    await this.renewCertificates();
  }

  /** Puts another configuration in force as far as that goes now; calls go on. */
  reload(next: RecorderConfig): Promise<ReloadReport> {
    return this.#reloader.reload(next);
  }

  /** A reload found a configuration that cannot be used. */
  refuseReload(problems: readonly ConfigProblem[]): void {
    this.#reloader.refuse(problems);
  }

  /** Ends every call in order, keeps every recording; leaves nothing running. */
  async close(): Promise<void> {
    this.#isReady = false;
    this.#load.close();
    await this.tls.close();
    await this.#recordings.close((recordingKey) => this.rules.verdictAtShutdown(recordingKey));
    await this.#live.close("shutdown");
    await this.#facts?.close();
    await this.#endpoint?.close();
    await this.#storage.close();
    await this.#stopMedia();
    await Promise.all([this.#calls.close(), this.#linkFile.close(), this.#audit.close()]);
    await this.#ports.catalog.close();
    await this.#lock?.release();
    this.#log.info("recorder stopped");
    await this.#ports.log.close();
  }

  #reloadParts(): ReloadPart[] {
    const isAlways = true;
    return [
      {
        ...{ name: "pools", covers: STORAGE_PATHS, isAlways: false },
        apply: (next) => this.#storage.reload(next),
      },
      {
        ...{ name: "log filters", covers: /^log\.(?:level|filters)\b/, isAlways: false },
        apply: (next) => Promise.resolve(this.#logs.filters.configure(next.log)),
      },
      {
        ...{ name: "rules", covers: /^rules\b/, isAlways },
        apply: (next) => this.rules.reload(next),
      },
      {
        ...{ name: "IP Offices", covers: LINK_PATHS, isAlways: false },
        apply: (next) => this.#officeLinks.reload(next),
      },
      {
        ...{ name: "pause", covers: /^pause\.(?:allow|autoResumeMs)\b/, isAlways: false },
        apply: (next) => {
          this.#pause = next.pause;
          return Promise.resolve();
        },
      },
      { name: "API keys", covers: null, isAlways, apply: () => this.keys.load() },
      { name: "certificates", covers: null, isAlways, apply: () => this.#renewAll() },
    ];
  }

  // -- Start and stop of the parts -----------------------------------------------------------

  async #makeDirectories(): Promise<void> {
    const { live, state, log } = this.config;
    for (const path of [live.directory, state.directory, log.directory]) {
      try {
        await makeDurableDirectory(this.#ports.disk, path);
        await proveWritable(this.#ports.disk, path);
      } catch (error) {
        const detail = `${path}: ${systemCode(error) ?? String(error)}`;
        throw new RecorderError("DIRECTORY_NOT_WRITABLE", detail, { cause: error });
      }
    }
  }

  /** Two recorders in one live directory would each recover the other's calls. */
  async #lockLiveDirectory(): Promise<void> {
    const { directory } = this.config.live;
    try {
      this.#lock = await this.#ports.lockDirectory(directory);
    } catch (error) {
      const detail = `${directory}: ${error instanceof Error ? error.message : String(error)}`;
      throw new RecorderError("DIRECTORY_NOT_WRITABLE", detail, { cause: error });
    }
    if (this.#lock === null) throw new RecorderError("LIVE_DIRECTORY_LOCKED", directory);
  }

  async #startMedia(): Promise<void> {
    const started = await new Promise<MediaReady | RecorderError>((resolve) => {
      this.#onMediaStarted = resolve;
      this.#media.post({ type: "start", options: mediaPlaneOptions(this.config) });
    });
    this.#onMediaStarted = null;
    if (started instanceof RecorderError) {
      await this.#media.close();
      throw started;
    }
    this.#mediaState = started;
  }

  async #stopMedia(): Promise<void> {
    if (this.#mediaState !== null) {
      await new Promise<void>((resolve) => {
        this.#onMediaStopped = resolve;
        this.#media.post({ type: "stop" });
      });
    }
    await this.#media.close();
  }

  #onMediaEvent(event: MediaEvent): void {
    if (event.type === "ready") return this.#onMediaStarted?.(event);
    if (event.type === "stopped") return this.#onMediaStopped?.();
    if (event.type === "failed" && event.recordingKey === undefined) {
      const error = new RecorderError(errorCode(event.code), event.detail);
      if (this.#onMediaStarted !== null) return this.#onMediaStarted(error);
      return this.#delegate.onFatal(error);
    }
    if (event.type === "metrics") {
      this.metrics.set("media_write_behind_bytes", event.writeBehindBytes);
      this.metrics.set("rtp_packets_received_total", event.packetsReceived);
      this.metrics.set("rtp_packets_stray_total", event.packetsStray);
      this.metrics.set("rtp_packets_ambiguous_total", event.packetsAmbiguous);
      this.metrics.set("rtp_packets_unauthentic_total", event.packetsUnauthentic);
      this.metrics.set("rtp_kernel_drops_total", event.kernelDrops);
      return;
    }
    if (event.type === "notice") {
      this.#logs.recordings[event.level](event.detail, {
        code: event.code,
        recordingId: event.recordingKey,
      });
      return;
    }
    this.#recordings.onMediaEvent(event);
  }

  #createFacts(): Facts {
    const { config, metrics } = this;
    const [ports, logs] = [this.#ports, this.#logs];
    return new FactsService(
      factsOptions(config, () => this.rules.book.rules()),
      {
        ...ports,
        log: logs.server,
        callCenterLog: logs.callCenter,
        eventsLog: logs.event,
        metrics,
        makeLink: (index, delegate) => this.#officeLinks.make(index, delegate),
      },
      this.#factsDelegate(),
    );
  }

  #factsDelegate(): FactsDelegate {
    const recordings = this.#recordings;
    return {
      onAssociated: (recordingKey, facts) => recordings.associate(recordingKey, facts),
      onCallEvent: (recordingKey, event) => recordings.callEvent(recordingKey, event),
      onSettled: (recordingKey, verdict) => recordings.settle(recordingKey, verdict),
      onUndecided: (recordingKey) => recordings.awaitRules(recordingKey),
      onPartiesChanged: (recordingKey, parties) => this.#live.partiesChanged(recordingKey, parties),
      onRuleMatched: (recordingKey, match) => recordings.ruleMatched(recordingKey, match),
      onStopWanted: (recordingKey) => recordings.stop(recordingKey),
      onPauseRule: (recordingKey, title) => recordings.pauseByRule(recordingKey, title),
      onPartFailed: (part, failure) => {
        const { sentence, remedy } = explain(failure.why, failure.facts);
        const { deviceCallId, endId, extension, liveStreamId } = part;
        const which = { deviceCallId, endId, extension, liveStreamId };
        this.#logs.server.warn(`${sentence} ${remedy}`, { why: failure.why, ...which });
      },
      onCallEnded: (row) => this.#calls.append(row),
      onLoadChanged: () => this.#load.changed(),
      onNodeHosts: (hosts) => {
        this.#endpoint?.allowHosts(hosts);
        this.#media.post({ type: "allowHosts", hosts });
      },
      onLinkStatus: (status, index) => {
        this.#links.set(index, status);
        this.#linkRows.told(index, status.pbx, UP.includes(status.state));
        const up = [...this.#links.values()].filter(({ state }) => UP.includes(state));
        this.metrics.set("devlink3_link_up", up.length);
        this.#delegate.onLinkStatus?.(status);
      },
    };
  }

  // -- Recordings ----------------------------------------------------------------------------

  #resume(plan: ResumePlan, session: Parameters<Recordings["resume"]>[1]): void {
    this.#recordings.resume(plan, session);
    const { association } = plan;
    const clues = {
      recordingKey: plan.recordingKey,
      sipCallId: plan.sipCallId,
      requestUser: association?.liveStreamId ?? null,
      extensionHeaders: {},
      callerUsers: [],
      sourceHost: plan.negotiation.signallingHost,
    };
    this.#facts?.recordingResumed(clues, association, plan.endedTimeMs);
  }

  // -- For people ----------------------------------------------------------------------------

  #readiness() {
    return {
      isReady: this.#isReady,
      sip: this.#sipText(),
      rtp: this.#rtpText(),
      liveDirectory: this.config.live.directory,
      links: [...this.#links.values()],
    };
  }

  /** "udp 192.0.2.10:5060, tcp 192.0.2.10:5060". */
  #sipText(): string {
    const bound = this.#endpoint?.localAddresses() ?? [];
    if (bound.length === 0) return "not bound";
    return bound.map(({ transport, address }) => `${transport} ${addressText(address)}`).join(", ");
  }

  #rtpText(): string {
    const { rtp } = this.config;
    return "range" in rtp ? rtp.range.join("–") : String(this.#mediaState?.rtpPort ?? rtp.port);
  }
}

function errorCode(code: string): ErrorCode {
  return code in ERRORS ? (code as ErrorCode) : "MEDIA_PLANE_FAILED";
}
