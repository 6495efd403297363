// Which engine listens. WebSocket passes every proxy and can begin at the beginning; over a line
// that loses packets WebRTC is better, since nothing waits for what was lost. So: WebSocket first,
// WebRTC after a listen that lost frames, unless it has been refused here. Pure.
import type { ListenFrom } from "./listening-engine.ts";

export type EngineName = "websocket" | "webrtc";

export interface Experience {
  /** What the viewer has set for this browser (README); null: nothing. */
  readonly wanted: string | null;
  /** Frames that the listens before lost over WebSocket. */
  readonly lostFrames: number;
  /** The recorder, or the network between, let no WebRTC through. */
  readonly isWebRtcRefused: boolean;
  /** This browser has it. */
  readonly hasWebRtc: boolean;
}

/** From so many lost frames on a line counts as bad: half a second. */
export const BAD_LINE_FRAMES = 25;

export function chooseEngine(from: ListenFrom, experience: Experience): EngineName {
  const { wanted, lostFrames, isWebRtcRefused, hasWebRtc } = experience;
  if (from === "beginning" || isWebRtcRefused || !hasWebRtc) return "websocket";
  if (wanted === "websocket" || wanted === "webrtc") return wanted;
  return lostFrames >= BAD_LINE_FRAMES ? "webrtc" : "websocket";
}
