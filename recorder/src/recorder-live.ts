// The listening side of the composition root: streams that can be heard, who hears them, and what
// of both is announced (R5). Audio comes from the media plane, news from the recordings and the
// facts side.
import type { RecorderConfig } from "./config.ts";
import type { Listening, LiveService } from "./http/api.ts";
import type { ListenerSink } from "./live/listener-queue.ts";
import { LiveListeners, type ListenFrom } from "./live/listeners.ts";
import { LiveStreams } from "./live/live-streams.ts";
import { LocalBus } from "./live/local-bus.ts";
import { LiveFiles } from "./live/recorded-past.ts";
import type { Metrics } from "./metrics.ts";
import type {
  EventBus,
  ListeningEngine,
  LiveStream,
  MediaEvent,
  MediaPlane,
  RecorderPorts,
  Subscription,
} from "./ports/index.ts";
import { listenerLimits } from "./recorder-options.ts";
import type { RecordingNews, RecordingView } from "./recording/recordings.ts";

type Ports = Pick<RecorderPorts, "clock" | "disk" | "eventBus" | "listeningEngine"> & {
  readonly metrics: Metrics;
};

export class RecorderLive implements LiveService {
  readonly bus: EventBus;
  readonly engine: ListeningEngine | null;
  readonly #streams: LiveStreams;
  readonly #listeners: LiveListeners;
  readonly #onBus: Subscription;

  constructor(config: RecorderConfig, ports: Ports, media: Pick<MediaPlane, "post">) {
    const { clock, disk, metrics } = ports;
    this.bus = ports.eventBus ?? new LocalBus();
    this.engine = ports.listeningEngine ?? null;
    this.#streams = new LiveStreams(this.bus, clock);
    const past = new LiveFiles(disk, config.live.directory);
    this.#listeners = new LiveListeners(
      listenerLimits(config),
      { metrics, clock, past },
      {
        onFirstListener: (recordingKey) => media.post({ type: "listen", recordingKey }),
        onLastListenerLeft: (recordingKey) => media.post({ type: "unlisten", recordingKey }),
      },
    );
    // Listeners hear of their own stream by the way of everybody else.
    this.#onBus = this.bus.subscribe((event) => {
      if (event.type === "listening-began" || event.type === "listening-ended") return;
      if (event.type !== "ended") return this.#listeners.tell(event);
      const { reason, samples, next, stream } = event;
      this.#listeners.ended(stream.recordingKey, { reason, samples, next });
    });
  }

  streams(): readonly LiveStream[] {
    return this.#streams.list();
  }

  listen(target: string, sink: ListenerSink, from: ListenFrom): Listening {
    const stream = this.#streams.find(target);
    if (stream === null) return { ok: false, code: "not-found" };
    const added = this.#listeners.add(stream.recordingKey, sink, from);
    if (!added.ok) return { ok: false, code: added.refused };
    return {
      ok: true,
      stream,
      onDrained: () => added.onDrained(),
      stop: () => added.leave(),
    };
  }

  audio(event: MediaEvent & { readonly type: "audio" }): void {
    this.#listeners.audio(event.recordingKey, event);
  }

  news(view: RecordingView, news: RecordingNews): void {
    this.#streams.news(streamOf(view), news, view.association !== null);
  }

  partiesChanged(recordingKey: string, parties: readonly string[]): void {
    this.#streams.partiesChanged(recordingKey, parties);
  }

  async close(reason: string): Promise<void> {
    this.#listeners.close(reason);
    this.#onBus.cancel();
    await this.engine?.close();
  }
}

function streamOf(view: RecordingView): LiveStream {
  const { recordingKey, liveStreamId, sipCallId, isPaused, beganTimeMs, association } = view;
  return {
    recordingKey,
    liveStreamId,
    sipCallId,
    callKey: association?.callKey ?? null,
    part: association?.part ?? null,
    agent: association?.agent ?? null,
    extension: association?.extension ?? null,
    parties: association?.parties ?? [],
    isPaused,
    beganTimeMs,
  };
}
