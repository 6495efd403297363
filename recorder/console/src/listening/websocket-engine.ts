// Listening over WebSocket: a JSON header, then binary frames of 20 ms (four bytes of sample offset,
// big-endian, and µ-law), JSON for what was lost and for the end (recorder/src/http/live-routes.ts).
// RFC 6455.
import workletUrl from "./playout-worklet.ts?worker&url";
import type { PlayoutInput } from "./playout-worklet.ts";
import type { PlayoutReport } from "./playout.ts";
import type { ListeningEngine, ListeningEvents, ListeningRequest } from "./listening-engine.ts";

const SAMPLE_RATE = 8_000;
const OFFSET_BYTES = 4;
/** A request as small as can be, to learn how far away the recorder is. */
const NEAREST = "/icon.svg";

export const webSocketEngine: ListeningEngine = {
  name: "websocket",
  start(request, events) {
    const stopped = new AbortController();
    void run(request, events, stopped.signal);
    return () => stopped.abort();
  },
};

async function run(
  request: ListeningRequest,
  events: ListeningEvents,
  stopped: AbortSignal,
): Promise<void> {
  // Made before anything is awaited: only within the click may a page begin to sound.
  const context = new AudioContext({ sampleRate: SAMPLE_RATE, latencyHint: "interactive" });
  let socket: WebSocket | null = null;
  stopped.addEventListener("abort", () => {
    socket?.close();
    void context.close();
  });
  try {
    const [node, networkMs] = await Promise.all([playoutNode(context, request), oneWayMs()]);
    if (stopped.aborted) return;
    await context.resume();
    node.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => {
      const deviceMs = (context.baseLatency + (context.outputLatency || 0)) * 1_000;
      const { levelDb, bufferedMs, sample } = data;
      events.onReport({ levelDb, sample, latencyMs: networkMs + bufferedMs + deviceMs });
    };
    socket = open(request, { node, events, stopped });
  } catch (error) {
    if (stopped.aborted) return;
    events.onEnd({ isRefused: true, code: error instanceof Error ? error.message : String(error) });
  }
}

async function playoutNode(
  context: AudioContext,
  { from }: ListeningRequest,
): Promise<AudioWorkletNode> {
  await context.audioWorklet.addModule(workletUrl);
  const node = new AudioWorkletNode(context, "tapeline-playout", {
    numberOfInputs: 0,
    outputChannelCount: [1],
    processorOptions: { isPast: from === "beginning" },
  });
  node.connect(context.destination);
  return node;
}

/** Half of the quickest of three round trips. */
async function oneWayMs(): Promise<number> {
  let quickestMs = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 3; round += 1) {
    const beganMs = performance.now();
    await fetch(NEAREST, { method: "HEAD", cache: "no-store" });
    quickestMs = Math.min(quickestMs, performance.now() - beganMs);
  }
  return quickestMs / 2;
}

interface Parts {
  readonly node: AudioWorkletNode;
  readonly events: ListeningEvents;
  readonly stopped: AbortSignal;
}

function open(request: ListeningRequest, { node, events, stopped }: Parts): WebSocket {
  const address = new URL(
    `/api/v1/live/${encodeURIComponent(request.stream)}/audio`,
    location.href,
  );
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (request.from === "beginning") address.searchParams.set("from", "beginning");
  const socket = new WebSocket(address);
  socket.binaryType = "arraybuffer";
  let isOver = false;
  const end = (isRefused: boolean, code: string): void => {
    if (isOver || stopped.aborted) return;
    isOver = true;
    events.onEnd({ isRefused, code });
  };
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (data instanceof ArrayBuffer) {
      const sample = new DataView(data).getUint32(0);
      const input: PlayoutInput = { sample, data: new Uint8Array(data, OFFSET_BYTES) };
      node.port.postMessage(input, [data]);
      return;
    }
    const told = JSON.parse(String(data)) as { readonly type: string } & Record<string, unknown>;
    if (told.type === "dropped") events.onLost(Number(told["frames"]));
    if (told.type === "end") end(false, String(told["reason"]));
    if (told.type === "refused") end(true, String(told["code"]));
  });
  socket.addEventListener("close", ({ code, reason }) => {
    end(code !== 1_000, reason === "" ? "connection-lost" : reason);
  });
  return socket;
}
