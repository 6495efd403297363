// Entry of the process that listens in `bench --listen`: so many WebSockets, each to a stream of its
// own as far as there are as many, apart from the recorder and the IP Office so that it disturbs
// neither.
import { once } from "node:events";
import { nodeClock } from "@tapeline/recorder/ports/node";
import { WebSocket } from "ws";
import { answerParent } from "./bench-child.ts";

export type EarsRequest =
  | {
      readonly type: "listen";
      readonly url: string;
      readonly token: string;
      readonly listeners: number;
    }
  | { readonly type: "forget" | "heard" };

export interface EarsHeard {
  readonly frames: number;
  readonly dropped: number;
  /** From a packet's arrival at the recorder to its frame's receipt here. */
  readonly latenciesMs: readonly number[];
}

const clock = nodeClock();
let heard = { frames: 0, dropped: 0, latenciesMs: [] as number[] };

async function listen({ url, token, listeners }: EarsRequest & { type: "listen" }): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`${url}/api/v1/live`, { headers });
  const { streams } = (await answer.json()) as { streams: readonly { recordingKey: string }[] };
  if (streams.length === 0) throw new Error("there is no stream to be heard");
  for (let index = 0; index < listeners; index += 1) {
    const stream = streams[index % streams.length]?.recordingKey ?? "";
    const path = `/api/v1/live/${stream}/audio`;
    const socket = new WebSocket(url.replace("http", "ws") + path, { headers });
    socket.on("message", (data: Buffer, isBinary: boolean) => take(data, isBinary));
    await once(socket, "open");
  }
}

function take(data: Buffer, isBinary: boolean): void {
  if (isBinary) {
    heard.frames += 1;
    return;
  }
  const message = JSON.parse(data.toString()) as Readonly<Record<string, unknown>>;
  if (message["type"] === "dropped") heard.dropped += Number(message["frames"]);
  if (message["type"] !== "timing") return;
  // It follows its frame at once.
  heard.latenciesMs.push(clock.wallTimeMs() - Number(message["arrivedAt"]));
}

answerParent(async (request) => {
  const asked = request as EarsRequest;
  switch (asked.type) {
    case "listen":
      return listen(asked);
    case "forget":
      heard = { frames: 0, dropped: 0, latenciesMs: [] };
      return null;
    case "heard":
      return heard;
  }
});
