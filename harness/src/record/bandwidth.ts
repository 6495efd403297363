// Bandwidth between IP Office and recorder over a run, for the timeline: RTP as it was sent, and in
// the virtual world as it arrived.
import type { TimelineSeries } from "@tapeline/reports";
import type { Environment } from "../environment/environment.ts";

/** RTP, UDP and IPv4 headers (RFC 3550 §5.1, RFC 768, RFC 791 §3.1); no link layer. */
const HEADER_BYTES = 12 + 8 + 20;
const UDP_HEADER_BYTES = 8 + 20;
/** G.711 at 20 ms, where a run keeps no payload. */
const PAYLOAD_BYTES = 160;
const BINS_MAX = 600;
const BIN_MIN_MS = 1_000;
const RTP_VERSION = 2;

export function bandwidthOf(
  environment: Environment,
  span: { readonly originMs: number; readonly endMs: number },
): TimelineSeries[] {
  const lengthMs = span.endMs - span.originMs;
  const binMs = Math.max(BIN_MIN_MS, Math.ceil(lengthMs / BINS_MAX / BIN_MIN_MS) * BIN_MIN_MS);
  const sent = new Bins(span.originMs, binMs);
  const arrived = new Bins(span.originMs, binMs);
  const legs = environment.pbx.truth.conversations.flatMap((conversation) => conversation.legs);
  for (const frame of legs.flatMap(({ frames }) => frames)) {
    if (frame.withheld === true) continue;
    sent.add(frame.sentMs, (frame.payload?.length ?? PAYLOAD_BYTES) + HEADER_BYTES);
  }
  if (sent.isEmpty) return [];
  for (const { data, arrivalsMs } of environment.fates) {
    if (data.length < 12 || (data[0] ?? 0) >> 6 !== RTP_VERSION) continue;
    for (const atMs of arrivalsMs) arrived.add(atMs, data.length + UDP_HEADER_BYTES);
  }
  const lines = [
    { name: "sent", points: sent.points() },
    ...(arrived.isEmpty ? [] : [{ name: "arrived", points: arrived.points() }]),
  ];
  return [{ name: "RTP bandwidth", unit: "kbit/s", lines, limit: null }];
}

/** Bytes in equal stretches of time. */
class Bins {
  readonly #bytes: number[] = [];
  readonly #originMs: number;
  readonly #binMs: number;

  constructor(originMs: number, binMs: number) {
    this.#originMs = originMs;
    this.#binMs = binMs;
  }

  get isEmpty(): boolean {
    return this.#bytes.length === 0;
  }

  add(atMs: number, bytes: number): void {
    const bin = Math.max(0, Math.floor((atMs - this.#originMs) / this.#binMs));
    this.#bytes[bin] = (this.#bytes[bin] ?? 0) + bytes;
  }

  /** kbit/s of each stretch; the last is followed by nothing. */
  points(): [number, number][] {
    const values = Array.from({ length: this.#bytes.length }, (_, bin): [number, number] => [
      bin * this.#binMs,
      Math.round(((this.#bytes[bin] ?? 0) * 8) / this.#binMs),
    ]);
    return [...values, [this.#bytes.length * this.#binMs, 0]];
  }
}
