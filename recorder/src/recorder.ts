// The composition root: builds the audio side and the facts side bottom-up, joins them in the
// recordings, and owns both. start() and close(); everything else goes through `api`.
import { FactsService } from "./association/facts.ts";
import type { Facts, FactsDelegate, LinkStatus } from "./facts-contract.ts";
import { parseJournal } from "./audio/journal.ts";
import { maskSecrets, type RecorderConfig } from "./config.ts";
import { LinkClient } from "./devlink3/link-client.ts";
import { ERRORS, RecorderError, systemCode, type ErrorCode } from "./errors.ts";
import type { RecorderApi } from "./http/api.ts";
import { ApiKeys } from "./http/keys.ts";
import { LiveListeners } from "./live/listeners.ts";
import type { Logger } from "./log.ts";
import { Metrics } from "./metrics.ts";
import { explain, type Outcome } from "./outcome.ts";
import type { CatalogRow, MediaEvent, MediaPlane, RecorderPorts } from "./ports/index.ts";
import { createApi } from "./recorder-api.ts";
import { createLogs, type RecorderLogs } from "./recorder-logs.ts";
import {
  factsOptions,
  linkOptions,
  listenerLimits,
  mediaPlaneOptions,
  recordingsOptions,
  sipOptions,
  storageOptions,
} from "./recorder-options.ts";
import { rowFromJournal } from "./recording/journal-row.ts";
import { Recordings } from "./recording/recordings.ts";
import { recover } from "./recording/recovery.ts";
import type { ResumePlan } from "./recording/recovery-plan.ts";
import { WaitingCalls } from "./recording/waiting-calls.ts";
import { SipEndpoint } from "./sip/endpoint.ts";
import { makeDurableDirectory, proveWritable } from "./storage/durable-directory.ts";
import { addressText } from "./sip/uri.ts";
import { StateFile } from "./storage/state-file.ts";
import { StorageService } from "./storage/pool-storage.ts";
import { loadTlsFiles, type TlsFiles } from "./tls-files.ts";

export interface RecorderDelegate {
  /** The media plane is dead, or a programmer's mistake: the process should end with code 70. */
  onFatal(error: Error): void;
  /** A link to an IP Office says something new of itself. */
  onLinkStatus?(status: LinkStatus): void;
}

/** States of a link by which facts come. */
const UP: readonly LinkStatus["state"][] = ["streaming", "recording-control-unavailable"];

type MediaReady = MediaEvent & { type: "ready" };

export class Recorder {
  readonly metrics = new Metrics();
  readonly config: RecorderConfig;
  readonly keys: ApiKeys;
  readonly api: RecorderApi;
  readonly #ports: RecorderPorts;
  readonly #delegate: RecorderDelegate;
  readonly #logs: RecorderLogs;
  readonly #log: Logger;
  readonly #listeners: LiveListeners;
  readonly #media: MediaPlane;
  readonly #recordings: Recordings;
  readonly #storage: StorageService;
  readonly #calls: StateFile;
  readonly #audit: StateFile;
  readonly #links = new Map<string, LinkStatus>();
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
    this.#logs = createLogs(config.log.level, ports);
    this.#log = this.#logs.library;
    this.keys = new ApiKeys(config.state.directory, ports);
    this.#media = ports.startMediaPlane((event) => this.#onMediaEvent(event));
    const common = { ...ports, log: this.#log, metrics: this.metrics };
    this.#listeners = new LiveListeners(listenerLimits(config), this.metrics, {
      onFirstListener: (recordingKey) => this.#media.post({ type: "listen", recordingKey }),
      onLastListenerLeft: (recordingKey) => this.#media.post({ type: "unlisten", recordingKey }),
    });
    this.#recordings = new Recordings(recordingsOptions(config), common, this.#media, {
      onBegan: (clues) => this.#facts?.recordingBegan(clues),
      onEnded: (recordingKey) => this.#facts?.recordingEnded(recordingKey),
      onAudio: (recordingKey, sample, data) => this.#listeners.audio(recordingKey, sample, data),
      onAudioEnded: (recordingKey, reason) => this.#listeners.ended(recordingKey, reason),
      onFinished: (_recordingKey, row, outcome) => this.#onFinished(row, outcome),
    });
    this.#storage = new StorageService(storageOptions(config), common, {
      onStored: (row) => this.#log.info("recording stored", stored(row)),
      // Logged where it is tried again.
      onStoreFailed: () => undefined,
      onPoolFull: (pool, isFull) => this.#onPoolFull(pool, isFull),
    });
    const stateFile = (name: string): StateFile =>
      new StateFile(`${config.state.directory}/${name}.jsonl`, ports, {
        onProblem: (code, detail) => this.#log.error(ERRORS[code].remedy, { code, detail }),
      });
    this.#calls = stateFile("calls");
    this.#audit = stateFile("audit");
    this.api = createApi({
      metrics: this.metrics,
      ports,
      recordings: this.#recordings,
      listeners: this.#listeners,
      storage: this.#storage,
      audit: this.#audit,
      readiness: () => this.#readiness(),
    });
  }

  /** Resolves when calls can be taken. Rejects with a RecorderError. */
  async start(): Promise<void> {
    const { config } = this;
    const ports = this.#ports;
    await this.#makeDirectories();
    await this.keys.load();
    const tls = await loadTlsFiles(config, ports.disk);
    await this.#startMedia();
    this.#facts = this.#createFacts(tls);
    const calls = new WaitingCalls((session) => this.#recordings.onInvite(session));
    this.#endpoint = new SipEndpoint(
      sipOptions(config, tls),
      { ...ports, log: this.#log, metrics: this.metrics },
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
    await endpoint.start();
    await recover(
      config.live.directory,
      { disk: ports.disk, log: this.#log, wallTimeMs: () => ports.clock.wallTimeMs() },
      {
        restore: (messages) => endpoint.restore(messages),
        resume: (plan, session) => this.#resume(plan, session),
      },
    );
    calls.open();
    this.#facts.start();
    this.#isReady = true;
    this.#log.info("configuration", { config: maskSecrets(config) });
    this.#log.info("recorder ready", { sip: this.#sipText(), rtp: this.#rtpText() });
    await this.#storage.start();
    await this.#storeLeftovers();
  }

  /** Ends every call in order, keeps every recording; leaves nothing running. */
  async close(): Promise<void> {
    this.#isReady = false;
    await this.#recordings.close();
    this.#listeners.close("shutdown");
    await this.#facts?.close();
    await this.#endpoint?.close();
    await this.#storage.close();
    await this.#stopMedia();
    await Promise.all([this.#calls.close(), this.#audit.close()]);
    await this.#ports.catalog.close();
    this.#log.info("recorder stopped");
    await this.#ports.log.close();
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
      this.metrics.set("rtp_kernel_drops_total", event.kernelDrops);
      return;
    }
    if (event.type === "notice") {
      this.#log[event.level](event.detail, { code: event.code, recordingId: event.recordingKey });
      return;
    }
    this.#recordings.onMediaEvent(event);
  }

  #createFacts(tls: TlsFiles): Facts {
    const { config, metrics } = this;
    const [ports, logs] = [this.#ports, this.#logs];
    return new FactsService(
      factsOptions(config),
      {
        ...ports,
        log: logs.server,
        callCenterLog: logs.callCenter,
        eventsLog: logs.event,
        metrics,
        makeLink: (index, delegate) => {
          const options = linkOptions(config, index, tls);
          const onBytes = logs.rawStream(options.host);
          return new LinkClient(
            options,
            { ...ports, log: logs.server, metrics, onBytes },
            delegate,
          );
        },
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
      onStopWanted: (recordingKey) => recordings.stop(recordingKey),
      onPartFailed: (part, failure) => {
        const { sentence, remedy } = explain(failure.why, failure.facts);
        this.#logs.server.warn(`${sentence} ${remedy}`, { why: failure.why, ...part });
      },
      onCallEnded: (row) => this.#calls.append(row),
      onNodeHosts: (hosts) => {
        this.#endpoint?.allowHosts(hosts);
        this.#media.post({ type: "allowHosts", hosts });
      },
      onLinkStatus: (status) => {
        this.#links.set(status.pbx, status);
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
    if (association !== null && association.callKey !== null) {
      const { callKey, deviceCallId, part, extension } = association;
      if (deviceCallId !== null && part !== null && extension !== null) {
        this.#facts?.restoreConversations([{ callKey, deviceCallId, part, extension }]);
      }
    }
    this.#facts?.recordingResumed(clues, association);
  }

  #onFinished(row: CatalogRow, outcome: Outcome): void {
    if (outcome === "discarded" || outcome === "blocked") {
      this.#calls.append({ version: 1, type: "discard", ...row });
      return;
    }
    this.#storage.store({
      recordingKey: row.recordingKey,
      liveDirectory: this.config.live.directory,
      pool: null,
      row,
    });
  }

  /** Finished pairs of an earlier run that no drive holds yet. */
  async #storeLeftovers(): Promise<void> {
    const { directory } = this.config.live;
    for (const { name } of await this.#ports.disk.list(directory)) {
      const key = name.endsWith(".vrtx") ? name.slice(0, -".vrtx".length) : null;
      if (key === null || this.#storage.committed(key) !== null) continue;
      const row = rowFromJournal(
        parseJournal(await this.#ports.disk.readFile(`${directory}/${name}`)),
      );
      if (row === null) {
        this.#log.error("journal without end", { code: "JOURNAL_DAMAGED", recordingId: key });
        continue;
      }
      this.#storage.store({ recordingKey: key, liveDirectory: directory, pool: null, row });
    }
  }

  #onPoolFull(pool: string, isFull: boolean): void {
    if (isFull) {
      const { meaning, remedy } = ERRORS.POOL_FULL;
      this.#log.error(`${meaning} ${remedy}`, { code: "POOL_FULL", pool });
    } else {
      this.#log.info("the pool has room again", { pool });
    }
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

function stored(row: CatalogRow) {
  const { recordingKey: recordingId, sipCallId, liveStreamId, pool, drive, bytes } = row;
  return { recordingId, sipCallId, liveStreamId, pool, drive, bytes };
}

function errorCode(code: string): ErrorCode {
  return code in ERRORS ? (code as ErrorCode) : "MEDIA_PLANE_FAILED";
}
