// SIPTrack records: which SIP dialog belongs to which end of a call. The text is UTF-16BE in an
// event's tuple; devlink3.md §6.3.
//
//   event,epid,end_id,siptype,direction,sip_callid
import { decodeWideText, encodeWideText } from "./devlink3-tuple.ts";
import { parsed, refused, type Parsed } from "./parsed.ts";

export interface SipTrack {
  readonly event: "START" | "END";
  /** The end identifier of Delta3, 16 hex digits. */
  readonly endId: string;
  /** The Delta2 name of the same end: `lid.id.in`. */
  readonly delta2End: string;
  readonly sipType: "TRUNK" | "PHONE";
  readonly direction: "IN" | "OUT";
  readonly sipCallId: string;
}

/** The Delta2 name of an end: its line, the low 8 hex digits in decimal, and whether it came in. */
export function delta2End(endId: string, line: number, cameIn: boolean): string {
  return `${line}.${Number.parseInt(endId.slice(-8), 16)}.${cameIn ? 1 : 0}`;
}

export function sipTrackText(track: SipTrack): string {
  const { event, endId, sipType, direction, sipCallId } = track;
  return `${event},${endId},${track.delta2End},${sipType},${direction},${sipCallId}`;
}

/** The data of a SIPTrack tuple. */
export function serializeSipTrack(track: SipTrack): Uint8Array {
  return encodeWideText(sipTrackText(track));
}

const SIP_TRACK = /^(START|END),([^,]*),([^,]*),(TRUNK|PHONE),(IN|OUT),(.*)$/s;

/** Reads the data of a SIPTrack tuple; a SIP Call-ID may hold commas. */
export function parseSipTrack(data: Uint8Array): Parsed<SipTrack> {
  const match = SIP_TRACK.exec(decodeWideText(data));
  if (match === null) return refused("bad-value", 0, "This is not a SIPTrack record.");
  const [, event = "", endId = "", end = "", sipType = "", direction = "", sipCallId = ""] = match;
  return parsed({
    event: event === "START" ? "START" : "END",
    endId,
    delta2End: end,
    sipType: sipType === "TRUNK" ? "TRUNK" : "PHONE",
    direction: direction === "IN" ? "IN" : "OUT",
    sipCallId,
  });
}
