// A live ear of the testbed: keeps what it hears, in the virtual world and over a real WebSocket.
// A slow one takes nothing for a while: in the virtual world its sink refuses, on a real socket it
// stops reading. What it lost stays a hole, so that every piece lies at its sample.
import type { RecorderApi } from "@tapeline/recorder";
import type { WebSocket } from "ws";
import { StepFailure, type HeardAudio } from "./environment.ts";

type ListenerSink = Parameters<RecorderApi["live"]["listen"]>[1];
type Message = Parameters<ListenerSink["send"]>[0];

/** An ear that the virtual world's recorder sends to. */
export interface VirtualEar {
  readonly heard: HeardAudio;
  readonly sink: ListenerSink;
  /** What the recorder wants to be told when there is room again. */
  onDrained: () => void;
}

/** The sink for RecorderApi.live.listen, and where it keeps what it hears. */
export function hearing(target: string, from: HeardAudio["from"]): VirtualEar {
  let isStuck = false;
  const heard = silence(target, from);
  const sink: ListenerSink = {
    send(message) {
      if (isStuck) return false;
      take(heard, message);
      return true;
    },
  };
  const ear: VirtualEar = { heard, sink, onDrained: () => undefined };
  heard.stop = () => {
    isStuck = true;
  };
  heard.goOn = () => {
    isStuck = false;
    ear.onDrained();
  };
  return ear;
}

function take(heard: HeardAudio, message: Message): void {
  switch (message.type) {
    case "header":
      heard.fromSample = message.firstSample;
      return;
    case "frame":
      heard.lostFrames += message.droppedFrames;
      heard.pieces.push({ sample: message.sample, bytes: message.data.slice() });
      return;
    case "news":
      heard.news.push(message.event.type);
      return;
    case "end":
      heard.lostFrames += message.droppedFrames;
      heard.end = message.reason;
      heard.hasEnded = true;
  }
}

/** Resolves once the header has come. */
export function hearingSocket(
  target: string,
  from: HeardAudio["from"],
  socket: WebSocket,
): Promise<HeardAudio> {
  const heard = silence(target, from);
  heard.leave = () => socket.close();
  heard.stop = () => socket.pause();
  heard.goOn = () => socket.resume();
  return new Promise((resolve, reject) => {
    socket.on("error", (error) => reject(new StepFailure(`cannot listen: ${error.message}`)));
    socket.on("close", () => {
      heard.hasEnded = true;
      reject(new StepFailure("the live stream was closed before its header"));
    });
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        const bytes = data.subarray(FRAME_OFFSET_BYTES);
        heard.pieces.push({ sample: data.readUInt32BE(), bytes });
        return;
      }
      const message = JSON.parse(data.toString()) as SocketMessage;
      takeJson(heard, message);
      if (message.type === "header") resolve(heard);
    });
  });
}

interface SocketMessage {
  readonly type: string;
  readonly firstSample?: number;
  readonly frames?: number;
  readonly droppedFrames?: number;
  readonly reason?: string;
}

function takeJson(heard: HeardAudio, message: SocketMessage): void {
  switch (message.type) {
    case "header":
      heard.fromSample = message.firstSample ?? 0;
      return;
    case "dropped":
      heard.lostFrames += message.frames ?? 0;
      return;
    case "end":
      heard.lostFrames += message.droppedFrames ?? 0;
      heard.end = message.reason ?? null;
      heard.hasEnded = true;
      return;
    case "timing":
      return;
    default:
      heard.news.push(message.type);
  }
}

const FRAME_OFFSET_BYTES = 4;

function silence(target: string, from: HeardAudio["from"]): HeardAudio {
  const nothing = (): void => undefined;
  return {
    ...{ target, from, fromSample: null, pieces: [], news: [] },
    ...{ lostFrames: 0, hasEnded: false, end: null },
    ...{ leave: nothing, stop: nothing, goOn: nothing },
  };
}
