// Listening over WebSocket: a JSON header, then binary frames of 20 ms (four bytes of sample offset,
// big-endian, and µ-law); JSON for the time a frame took, for what was lost and for the end
// (recorder/src/http/audio-socket.ts). RFC 6455.
import workletUrl from "./playout-worklet.ts?worker&url";
import type { PlayoutInput } from "./playout-worklet.ts";
import type { PlayoutReport } from "./playout.ts";
import type { ListeningEngine, ListeningEvents, ListeningRequest } from "./listening-engine.ts";
import { RemoteClock } from "./remote-clock.ts";

const SAMPLE_RATE = 8_000;
const OFFSET_BYTES = 4;
/** The clocks are compared at the beginning and now and then, because clocks drift. */
const FIRST_PINGS = 4;
const PING_EVERY_MS = 10_000;

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
  stopped.addEventListener("abort", () => void context.close());
  try {
    const node = await playoutNode(context, request);
    await context.resume();
    if (!stopped.aborted) hear(request, { context, node, events, stopped });
  } catch (error) {
    if (stopped.aborted) return;
    const remedy = error instanceof Error ? error.message : String(error);
    events.onEnd({ isRefused: true, code: "no-sound", remedy });
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

interface Parts {
  readonly context: AudioContext;
  readonly node: AudioWorkletNode;
  readonly events: ListeningEvents;
  readonly stopped: AbortSignal;
}

/** What the recorder says beside the audio. */
interface Told {
  readonly type: string;
  readonly [field: string]: unknown;
}

function hear(request: ListeningRequest, { context, node, events, stopped }: Parts): void {
  const socket = new WebSocket(addressOfAudio(request));
  socket.binaryType = "arraybuffer";
  stopped.addEventListener("abort", () => socket.close());
  const clock = new RemoteClock();
  const asked = new Map<number, number>();
  let pings = 0;
  let wayMs = 0;
  let isOver = false;

  const ping = (): void => {
    if (socket.readyState !== socket.OPEN) return;
    pings += 1;
    asked.set(pings, wallMs());
    socket.send(JSON.stringify({ type: "ping", id: pings }));
  };
  const end = (isRefused: boolean, code: string, remedy: string | null): void => {
    if (isOver || stopped.aborted) return;
    isOver = true;
    events.onEnd({ isRefused, code, remedy });
  };
  const told = (message: Told): void => {
    const { type } = message;
    if (type === "pong") {
      const id = Number(message["id"]);
      clock.answered(asked.get(id) ?? wallMs(), wallMs(), Number(message["at"]));
      asked.delete(id);
      if (pings < FIRST_PINGS) ping();
    }
    if (type === "timing") {
      // From the packet at the recorder until here; the buffer and the device come on top.
      wayMs = Math.max(0, (clock.at(wallMs()) ?? 0) - Number(message["arrivedAt"]));
    }
    if (type === "dropped") events.onLost(Number(message["frames"]));
    if (type === "end") end(false, String(message["reason"]), null);
    if (type === "refused") end(true, String(message["code"]), String(message["remedy"]));
  };

  node.port.onmessage = ({ data }: MessageEvent<PlayoutReport>) => {
    const deviceMs = (context.baseLatency + (context.outputLatency || 0)) * 1_000;
    const { levelDb, bufferedMs, sample } = data;
    events.onReport({ levelDb, sample, latencyMs: wayMs + bufferedMs + deviceMs });
  };
  socket.addEventListener("open", ping);
  const pinging = setInterval(ping, PING_EVERY_MS);
  socket.addEventListener("message", ({ data }: MessageEvent<unknown>) => {
    if (!(data instanceof ArrayBuffer)) return told(JSON.parse(String(data)) as Told);
    const sample = new DataView(data).getUint32(0);
    const input: PlayoutInput = { sample, data: new Uint8Array(data, OFFSET_BYTES) };
    node.port.postMessage(input, [data]);
  });
  socket.addEventListener("close", ({ code, reason }) => {
    clearInterval(pinging);
    end(code !== 1_000, reason === "" ? "connection-lost" : reason, null);
  });
}

function addressOfAudio({ stream, from }: ListeningRequest): URL {
  const address = new URL(`/api/v1/live/${encodeURIComponent(stream)}/audio`, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (from === "beginning") address.searchParams.set("from", "beginning");
  return address;
}

/** Wall time, finer than Date.now(). */
function wallMs(): number {
  return performance.timeOrigin + performance.now();
}
