// Reads a cd3_log back: the raw DevLink3 stream as it came, through the same codecs, into records
// with their times. For whoever repeats what an IP Office once said. Pure; never throws.
import type { Delta3Record } from "./delta3-record.ts";
import { parseDelta3 } from "./delta3.ts";
import { Deframer, MAXIMUM_FRAME_BYTES, type FrameOutput } from "./frame.ts";
import { parsePacket } from "./packet.ts";
import { parseText, TUPLE_CODE } from "./tuple.ts";

/** "2026-01-05T08:00:00.000Z 192.0.2.1 in 490011…", as recorder-logs.ts writes it. */
const RAW_LINE = /^(\d{4}-\d\d-\d\dT[\d:.]{8,15}Z) (\S{1,255}) (in|out) ((?:[0-9a-f]{2}){1,})$/;

export interface LoggedRecord {
  readonly wallTimeMs: number;
  readonly pbx: string;
  readonly record: Delta3Record;
}

export interface RawLog {
  readonly records: readonly LoggedRecord[];
  /** When each IP Office was last heard of. */
  readonly heardUntilMs: ReadonlyMap<string, number>;
  readonly unreadableLines: number;
}

export function readRawLog(text: string): RawLog {
  const streams = new Map<string, Deframer>();
  const records: LoggedRecord[] = [];
  const heardUntilMs = new Map<string, number>();
  let unreadableLines = 0;
  for (const line of text.split("\n")) {
    if (line.trim() === "") continue;
    const [, at = "", pbx = "", direction, hex = ""] = RAW_LINE.exec(line.trim()) ?? [];
    const wallTimeMs = Date.parse(at);
    if (Number.isNaN(wallTimeMs)) unreadableLines += 1;
    if (Number.isNaN(wallTimeMs) || direction !== "in") continue;
    heardUntilMs.set(pbx, Math.max(wallTimeMs, heardUntilMs.get(pbx) ?? wallTimeMs));
    for (const payload of deframe(streams, pbx, Buffer.from(hex, "hex"))) {
      records.push(...recordsOf(payload).map((record) => ({ wallTimeMs, pbx, record })));
    }
  }
  return { records, heardUntilMs, unreadableLines };
}

/**
 * The payloads that a chunk completes. Whole frames stand for themselves, also between the pieces
 * of one: files are read by a connection of their own. A chunk that does not go on where its IP
 * Office had got to begins a new connection.
 */
function deframe(streams: Map<string, Deframer>, pbx: string, data: Uint8Array): Uint8Array[] {
  const fresh = new Deframer({ maximumFrameBytes: MAXIMUM_FRAME_BYTES });
  const alone = fresh.push(data);
  if (isSound(alone) && fresh.pendingBytes() === 0) return payloadsOf(alone);
  const joined = streams.get(pbx)?.push(data);
  if (joined !== undefined && isSound(joined)) return payloadsOf(joined);
  if (isSound(alone)) streams.set(pbx, fresh);
  else streams.delete(pbx);
  return payloadsOf(alone);
}

function isSound(outputs: readonly FrameOutput[]): boolean {
  return outputs.every(({ type }) => type === "frame");
}

function payloadsOf(outputs: readonly FrameOutput[]): Uint8Array[] {
  return outputs.flatMap((one) => (one.type === "frame" ? [one.payload] : []));
}

function recordsOf(payload: Uint8Array): readonly Delta3Record[] {
  const packet = parsePacket(payload);
  if (!packet.ok || packet.value.type !== "event") return [];
  return packet.value.tuples
    .filter(({ code }) => code === TUPLE_CODE.callDelta3)
    .flatMap(({ data }) => parseDelta3(parseText(data)));
}
