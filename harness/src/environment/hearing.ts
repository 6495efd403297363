// A live ear of the testbed: keeps what it hears, in the virtual world and over a real WebSocket.
import type { RecorderApi } from "@tapeline/recorder";
import type { WebSocket } from "ws";
import { StepFailure, type HeardAudio } from "./environment.ts";

type ListenerSink = Parameters<RecorderApi["listen"]>[1];

/** The sink for RecorderApi.listen, and where it keeps what it hears. */
export function hearing(target: string): {
  readonly heard: HeardAudio;
  readonly sink: ListenerSink;
} {
  const heard = silence(target);
  const sink: ListenerSink = {
    send(message) {
      if (message.type === "header") heard.fromSample = message.firstSample;
      else if (message.type === "frame") heard.pieces.push(message.data.slice());
      else heard.hasEnded = true;
      return true;
    },
  };
  return { heard, sink };
}

/** Resolves once the header has come. */
export function hearingSocket(target: string, socket: WebSocket): Promise<HeardAudio> {
  const heard = silence(target);
  heard.leave = () => socket.close();
  return new Promise((resolve, reject) => {
    socket.on("error", (error) => reject(new StepFailure(`cannot listen: ${error.message}`)));
    socket.on("close", () => {
      heard.hasEnded = true;
      reject(new StepFailure("the live stream was closed before its header"));
    });
    socket.on("message", (data: Buffer, isBinary) => {
      if (isBinary) {
        heard.pieces.push(data.subarray(FRAME_OFFSET_BYTES));
        return;
      }
      const message = JSON.parse(data.toString()) as { type: string; firstSample?: number };
      if (message.type === "end") heard.hasEnded = true;
      if (message.type !== "header") return;
      heard.fromSample = message.firstSample ?? 0;
      resolve(heard);
    });
  });
}

const FRAME_OFFSET_BYTES = 4;

function silence(target: string): HeardAudio {
  return { target, fromSample: null, pieces: [], hasEnded: false, leave: () => undefined };
}
