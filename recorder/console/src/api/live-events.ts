// What happens now: one WebSocket to /api/v1/live for the whole console, opened while somebody
// listens, opened again when it breaks. Pages take an event as a hint to ask the API again.
import { signal } from "@preact/signals";

/** An event of the stream; `type` says which other fields it has. */
export interface LiveEvent {
  readonly type: string;
  readonly [field: string]: unknown;
}

type Subscriber = (event: LiveEvent) => void;

const PATH = "/api/v1/live";
const RETRY_FIRST_MS = 500;
const RETRY_MOST_MS = 15_000;

/** Whether events come in; without them pages ask on their own, less often. */
export const isLive = signal(false);

const subscribers = new Set<Subscriber>();
let socket: WebSocket | null = null;
let retryMs = RETRY_FIRST_MS;
let retry: ReturnType<typeof setTimeout> | undefined;

/** Hands over every event until the returned function is called. */
export function subscribeLive(subscriber: Subscriber): () => void {
  subscribers.add(subscriber);
  if (socket === null && retry === undefined) open();
  return () => {
    subscribers.delete(subscriber);
    if (subscribers.size === 0) close();
  };
}

function open(): void {
  retry = undefined;
  const address = new URL(PATH, location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  const opened = new WebSocket(address);
  socket = opened;
  opened.addEventListener("open", () => {
    isLive.value = true;
    retryMs = RETRY_FIRST_MS;
  });
  opened.addEventListener("message", ({ data }) => {
    const event = parseEvent(data);
    if (event !== null) for (const subscriber of subscribers) subscriber(event);
  });
  opened.addEventListener("close", () => {
    if (socket !== opened) return;
    socket = null;
    isLive.value = false;
    if (subscribers.size === 0) return;
    retry = setTimeout(open, retryMs);
    retryMs = Math.min(retryMs * 2, RETRY_MOST_MS);
  });
}

function close(): void {
  clearTimeout(retry);
  retry = undefined;
  socket?.close();
  socket = null;
  isLive.value = false;
}

function parseEvent(data: unknown): LiveEvent | null {
  if (typeof data !== "string") return null;
  try {
    const event: unknown = JSON.parse(data);
    const isEvent = typeof event === "object" && event !== null && "type" in event;
    return isEvent ? (event as LiveEvent) : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
