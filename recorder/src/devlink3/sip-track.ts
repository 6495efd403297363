// SIPTrack: which SIP Call-ID belongs to which end.  devlink3.md §6.3. Codec of the text in tuple
// 00760003: event,epid,end_id,siptype,direction,sip_callid.
import { parsed, refused, type Parsed } from "../parsed.ts";
import type { SipTrack } from "./delta3-record.ts";

const FIELD_COUNT = 6;

/** The Call-ID is all after the fifth comma: it may hold commas itself. */
export function parseSipTrack(text: string): Parsed<SipTrack> {
  const fields = text.split(",");
  if (fields.length < FIELD_COUNT) {
    return refused("truncated", fields.length, "A SIPTrack has six fields.");
  }
  const [event, endId = "", , sipType, direction] = fields.map((field) => field.trim());
  const sipCallId = fields
    .slice(FIELD_COUNT - 1)
    .join(",")
    .trim();
  if (event !== "START" && event !== "END") return refused("bad-event", 1, "Not START or END.");
  if (endId === "") return refused("no-end", 2, "The end identifier is missing.");
  if (sipType !== "TRUNK" && sipType !== "PHONE") {
    return refused("bad-type", 4, "Not TRUNK or PHONE.");
  }
  if (direction !== "IN" && direction !== "OUT") {
    return refused("bad-direction", 5, "Not IN or OUT.");
  }
  if (sipCallId === "") return refused("no-call-id", 6, "The SIP Call-ID is missing.");
  return parsed({ event, endId, sipType, direction, sipCallId });
}

/** `lineId` is the first part of the end's Delta2 name; the rest follows from the end (§6.3). */
export function serializeSipTrack(track: SipTrack, lineId: number): string {
  const local = Number.parseInt(track.endId.slice(8), 16);
  const endName = `${lineId}.${local}.${track.direction === "IN" ? 1 : 0}`;
  return [
    track.event,
    track.endId,
    endName,
    track.sipType,
    track.direction,
    track.sipCallId,
  ].join();
}
