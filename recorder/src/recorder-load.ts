// The part of the composition root that watches the load: VCM channels and bandwidth against their
// limits (R16), alarms and metrics of them, and the history that the console plots.
import type { Alarms } from "./alarms.ts";
import type { RecorderConfig } from "./config.ts";
import { ERRORS } from "./errors.ts";
import type { OfficeLoad } from "./facts-contract.ts";
import type { LoadReport, SystemLoad } from "./http/api.ts";
import { LoadHistory, type LoadFigures, type LoadPoint, type Span } from "./load-history.ts";
import type { Logger } from "./log.ts";
import type { Metrics } from "./metrics.ts";
import type { Clock, Timer } from "./ports/index.ts";
import { capacityLimits } from "./recorder-options.ts";
import { STREAM_BITS, vcmNeeded } from "./sizing.ts";
import { SizingWatch } from "./sizing-watch.ts";

/** VCM channels and bandwidth are looked at so long after a change. */
const LOOK_MS = 250;
/** Without a change a point of the history is written so often. */
const SAMPLE_MS = 10_000;

interface Sources {
  readonly loads: () => readonly OfficeLoad[];
  /** Recordings whose audio flows, or is about to. */
  readonly recordings: () => number;
}

interface LoadPorts {
  readonly clock: Clock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly alarms: Alarms;
}

export class RecorderLoad implements SystemLoad {
  readonly #ports: LoadPorts;
  readonly #sources: Sources;
  readonly #limits: ReturnType<typeof capacityLimits>;
  readonly #sizing: SizingWatch;
  readonly #history = new LoadHistory();
  #soon: Timer | null = null;
  #sampling: Timer | null = null;
  #startedMs: number | null = null;

  constructor(config: RecorderConfig, ports: LoadPorts, sources: Sources) {
    this.#ports = ports;
    this.#sources = sources;
    this.#limits = capacityLimits(config);
    this.#sizing = new SizingWatch(this.#limits);
  }

  start(): void {
    this.#startedMs = this.#ports.clock.wallTimeMs();
    this.#sample();
  }

  close(): void {
    this.#soon?.cancel();
    this.#sampling?.cancel();
  }

  /** Not at each record: to look at all calls costs as much as there are calls. */
  changed(): void {
    this.#soon ??= this.#ports.clock.setTimer("sizing.judge", LOOK_MS, () => {
      this.#soon = null;
      this.#judge();
    });
  }

  report(): LoadReport {
    const offices = this.#sources.loads();
    const { recordings, calls, queued, ...needed } = this.#figures(offices);
    const { vcmChannels, bandwidthBitsPerSecond } = needed;
    const peaks = this.#history.peaks();
    const { vcmChannels: vcmLimit, uplinkBitsPerSecond } = this.#limits;
    return {
      startedAtMs: this.#startedMs,
      ...{ calls, queued },
      recordings: { now: recordings, peak: peaks.recordings },
      vcm: { now: vcmChannels, peak: peaks.vcmChannels, limit: vcmLimit > 0 ? vcmLimit : null },
      bandwidth: {
        now: bandwidthBitsPerSecond,
        peak: peaks.bandwidthBitsPerSecond,
        limit: uplinkBitsPerSecond,
      },
      offices,
    };
  }

  history(span: Span): readonly LoadPoint[] {
    return this.#history.points(span);
  }

  #sample(): void {
    this.#note(this.#figures());
    this.#sampling = this.#ports.clock.setTimer("load.sample", SAMPLE_MS, () => this.#sample());
  }

  #note(figures: LoadFigures): void {
    this.#history.push(this.#ports.clock.wallTimeMs(), figures);
  }

  #figures(loads = this.#sources.loads(), recordings = this.#sources.recordings()): LoadFigures {
    const { metrics } = this.#ports;
    return {
      recordings,
      calls: loads.reduce((sum, { calls }) => sum + calls, 0),
      queued: loads.reduce((sum, { queued }) => sum + queued, 0),
      vcmChannels: Math.max(0, ...loads.map(vcmNeeded)),
      bandwidthBitsPerSecond: recordings * STREAM_BITS.ethernet,
      packets: metrics.get("rtp_packets_received_total"),
      packetsLost: metrics.get("rtp_packets_lost_total") + metrics.get("rtp_kernel_drops_total"),
    };
  }

  /** Whether VCM channels or bandwidth come to their end (R16). */
  #judge(): void {
    const { metrics, log, alarms } = this.#ports;
    const loads = this.#sources.loads();
    const recordings = this.#sources.recordings();
    const { news, figures } = this.#sizing.push(loads, recordings);
    metrics.set("vcm_channels_needed", figures.vcmChannelsNeeded);
    metrics.set("recording_bandwidth_bits_per_second", figures.bandwidthBitsPerSecond);
    this.#note(this.#figures(loads, recordings));
    for (const { code, subject, isShort, isExhausted, detail } of news) {
      const { meaning, remedy } = ERRORS[code];
      if (isShort) {
        log.warn(`${meaning} ${remedy}`, { code, detail });
        const severity = isExhausted ? "critical" : "warning";
        alarms.raise({ code, severity, subject, detail });
      } else {
        log.info("enough is left again", { code, detail });
        alarms.clear(code, subject);
      }
    }
  }
}
