// Who is listened to now: one stream at a time, whichever page is open. The bar at the bottom shows
// it (listening-bar.tsx); pages start it with a click.
import { signal } from "@preact/signals";
import type { ListenFrom, ListeningEngine, ListeningReport } from "./listening-engine.ts";
import { chooseEngine } from "./choose-engine.ts";
import { webRtcEngine } from "./webrtc-engine.ts";
import { webSocketEngine } from "./websocket-engine.ts";

/** Who is heard, as the click knew it. */
export interface Heard {
  readonly recordingKey: string;
  /** "Ann (201)". */
  readonly title: string;
  readonly parties: string;
}

export type Phase = "connecting" | "live" | "over" | "refused";

export interface Listening {
  readonly heard: Heard;
  readonly from: ListenFrom;
  readonly phase: Phase;
  /** Of the end or the refusal. */
  readonly code: string | null;
  readonly remedy: string | null;
  readonly lostFrames: number;
}

const FRAME_MS = 20;
/** The engine that the viewer wants in this browser: "webrtc" or "websocket"; else it is chosen. */
const WANTED_ENGINE = "tapeline.listening";

/** null: nobody is listened to. */
export const listening = signal<Listening | null>(null);
/** The latest report; apart, because it changes twenty times a second. */
export const report = signal<ListeningReport | null>(null);

let stopEngine: (() => void) | null = null;
let lostBefore = 0;
let isWebRtcRefused = false;

/** To be called within a click: browsers sound only then. */
export function listen(heard: Heard, from: ListenFrom = "now"): void {
  stopListening();
  listening.value = { heard, from, phase: "connecting", code: null, remedy: null, lostFrames: 0 };
  const change = (changes: Partial<Listening>): void => {
    if (listening.value !== null) listening.value = { ...listening.value, ...changes };
  };
  const engine = engineFor(from);
  stopEngine = engine.start(
    { stream: heard.recordingKey, from },
    {
      onReport(told) {
        report.value = told;
        if (listening.value?.phase === "connecting" && told.sample !== null) {
          change({ phase: "live" });
        }
      },
      onLost(frames) {
        if (engine === webSocketEngine) lostBefore += frames;
        change({ lostFrames: (listening.value?.lostFrames ?? 0) + frames });
      },
      onEnd({ isRefused, code, remedy }) {
        silence();
        if (isRefused && engine === webRtcEngine && code !== "not-found") {
          isWebRtcRefused = true;
          return listen(heard, from);
        }
        change({ phase: isRefused ? "refused" : "over", code, remedy });
      },
    },
  );
}

export function stopListening(): void {
  silence();
  listening.value = null;
}

export function lostMs({ lostFrames }: Listening): number {
  return lostFrames * FRAME_MS;
}

function silence(): void {
  stopEngine?.();
  stopEngine = null;
  report.value = null;
}

function engineFor(from: ListenFrom): ListeningEngine {
  const name = chooseEngine(from, {
    wanted: localStorage.getItem(WANTED_ENGINE),
    lostFrames: lostBefore,
    isWebRtcRefused,
    hasWebRtc: "RTCPeerConnection" in window,
  });
  return name === "webrtc" ? webRtcEngine : webSocketEngine;
}
