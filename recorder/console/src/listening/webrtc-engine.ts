// Listening over WebRTC: the page offers, the recorder answers, PCMU comes by UDP, so that a packet
// lost on the way holds up nothing behind it. From now on only. The RTP timestamp is the place in
// the recording; why it ends is told by the live events. RFC 8829; recorder/src/http/webrtc-routes.ts.
import { api, ApiProblem } from "../api/client.ts";
import { subscribeLive, type LiveEvent } from "../api/live-events.ts";
import type { ListeningEngine, ListeningEvents, ListeningRequest } from "./listening-engine.ts";

/** A window of the analyser at 48 kHz, and the time between reports. */
const WINDOW_SAMPLES = 2_048;
const REPORT_MS = 43;
/** Quieter is not told. */
const FLOOR_DB = -96;
const SAMPLES_PER_MS = 8;
const FRAME_SAMPLES = 160;

interface Answer {
  readonly listener: string;
  readonly sdp: string;
}

export const webRtcEngine: ListeningEngine = {
  name: "webrtc",
  start(request, events) {
    const listening = new WebRtcListening(request, events);
    void listening.run();
    return () => listening.stop();
  },
};

class WebRtcListening {
  readonly #request: ListeningRequest;
  readonly #events: ListeningEvents;
  readonly #peer = new RTCPeerConnection();
  // Made within the click: only then may a page begin to sound.
  readonly #context = new AudioContext({ latencyHint: "interactive" });
  /** The browser plays a remote track only where an element holds it. */
  readonly #holder = new Audio();
  readonly #unsubscribe: () => void;
  #listener: string | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isOver = false;
  #delayMs = 0;
  #lostPackets = 0;

  constructor(request: ListeningRequest, events: ListeningEvents) {
    this.#request = request;
    this.#events = events;
    this.#unsubscribe = subscribeLive((event) => this.#told(event));
  }

  async run(): Promise<void> {
    const peer = this.#peer;
    peer.addTransceiver("audio", { direction: "recvonly" });
    peer.addEventListener("track", ({ track, receiver }) => this.#play(track, receiver));
    peer.addEventListener("connectionstatechange", () => {
      if (peer.connectionState === "failed") this.#end(true, "connection-lost", null);
    });
    try {
      await peer.setLocalDescription(await peer.createOffer());
      const stream = encodeURIComponent(this.#request.stream);
      const path = `/api/v1/live/${stream}/webrtc`;
      const answer = await api.post<Answer>(path, { sdp: peer.localDescription?.sdp ?? "" });
      this.#listener = `${path}/${answer.listener}`;
      if (this.#isOver) return this.#leave();
      await this.#context.resume();
      await peer.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    } catch (error) {
      const { code, remedy } =
        error instanceof ApiProblem ? error : { code: "no-webrtc", remedy: null };
      this.#end(true, code, remedy);
    }
  }

  stop(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    this.#leave();
    this.#peer.close();
    this.#holder.srcObject = null;
    void this.#context.close();
  }

  #leave(): void {
    if (this.#listener === null) return;
    // It may have ended by itself: then there is nothing to be left.
    void api.delete(this.#listener).catch(() => undefined);
    this.#listener = null;
  }

  #end(isRefused: boolean, code: string, remedy: string | null): void {
    if (this.#isOver) return;
    this.stop();
    this.#events.onEnd({ isRefused, code, remedy });
  }

  #told(event: LiveEvent): void {
    if (event.type !== "ended") return;
    const stream = event["stream"] as Partial<Record<string, unknown>> | undefined;
    const names = [stream?.["recordingKey"], stream?.["liveStreamId"]];
    if (!names.includes(this.#request.stream)) return;
    this.#listener = null;
    this.#end(false, String(event["reason"]), null);
  }

  #play(track: MediaStreamTrack, receiver: RTCRtpReceiver): void {
    const stream = new MediaStream([track]);
    this.#holder.srcObject = stream;
    this.#holder.muted = true;
    void this.#holder.play().catch(() => undefined);
    const source = this.#context.createMediaStreamSource(stream);
    const analyser = new AnalyserNode(this.#context, { fftSize: WINDOW_SAMPLES });
    source.connect(analyser).connect(this.#context.destination);
    const window = new Float32Array(WINDOW_SAMPLES);
    this.#timer = setInterval(() => {
      analyser.getFloatTimeDomainData(window);
      this.#report(window, receiver);
      void this.#measure(receiver);
    }, REPORT_MS);
  }

  #report(window: Float32Array, receiver: RTCRtpReceiver): void {
    const [played] = receiver.getSynchronizationSources();
    const power = window.reduce((sum, value) => sum + value * value, 0) / window.length;
    const deviceMs = (this.#context.baseLatency + (this.#context.outputLatency || 0)) * 1_000;
    this.#events.onReport({
      levelDb: power === 0 ? FLOOR_DB : Math.max(FLOOR_DB, 10 * Math.log10(power)),
      latencyMs: this.#delayMs + deviceMs,
      sample: played?.rtpTimestamp ?? null,
    });
  }

  /** Half the round trip, the jitter buffer, and the frame itself. */
  async #measure(receiver: RTCRtpReceiver): Promise<void> {
    const stats = await receiver.getStats();
    if (this.#isOver) return;
    let delayMs = FRAME_SAMPLES / SAMPLES_PER_MS;
    for (const one of stats.values() as Iterable<Readonly<Record<string, unknown>>>) {
      if (one["type"] === "candidate-pair" && one["nominated"] === true) {
        delayMs += (Number(one["currentRoundTripTime"] ?? 0) * 1_000) / 2;
      }
      if (one["type"] !== "inbound-rtp") continue;
      const emitted = Number(one["jitterBufferEmittedCount"] ?? 0);
      if (emitted > 0) delayMs += (Number(one["jitterBufferDelay"]) / emitted) * 1_000;
      const lost = Math.max(0, Number(one["packetsLost"] ?? 0));
      if (lost > this.#lostPackets) this.#events.onLost(lost - this.#lostPackets);
      this.#lostPackets = lost;
    }
    this.#delayMs = delayMs;
  }
}
