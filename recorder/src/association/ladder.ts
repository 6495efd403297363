// The ladder: which recorded end a SIP call belongs to, by the clues of its INVITE and what the
// event stream has said so far (devlink3.md §13.6). A stage of facts; the look-up itself is pure.
import type { DetailRecord, SipTrack } from "../devlink3/delta3-record.ts";
import { isRecorder, isSip, partiesOf } from "../calls/party.ts";
import type { RecordingClues } from "../association-facts.ts";

/** "Rung 4: a START is pending for at most 5 s." */
export const PENDING_START_MS = 5_000;
/** SIP Call-IDs and ends remembered; older ones give way. */
export const REMEMBERED_CALL_IDS = 10_000;

export type LadderHit =
  /** A stream id that we gave out. */
  | { readonly rung: 1; readonly streamId: string; readonly at: null }
  /**
   * A stream id that an earlier process gave out: the headers beside it name the end, or at least
   * the call. What they do not name is empty.
   */
  | {
      readonly rung: 1;
      readonly streamId: string;
      readonly at: { readonly endId: string; readonly deviceCallId: string };
    }
  /** The end that the PBX's own records tie to the SIP Call-ID. */
  | { readonly rung: 2 | 3; readonly endId: string }
  | { readonly rung: 4; readonly extension: string };

export interface PendingStarts {
  isKnownStream(streamId: string): boolean;
  /** Of these extensions, one for each START pending for at most PENDING_START_MS. */
  pendingOf(extensions: readonly string[]): readonly string[];
}

export class Ladder {
  /** SIP Call-ID → end of the leg, from SIPTrack START OUT. */
  readonly #tracks = new Map<string, string>();
  /** End of a recording leg → the end that it records (field 26). */
  readonly #related = new Map<string, string>();
  /** SIP Call-ID → an end of the call that has a SIP party of that description. */
  readonly #descriptions = new Map<string, string>();

  track({ event, direction, endId, sipCallId }: SipTrack): void {
    if (event === "START" && direction === "OUT") remember(this.#tracks, sipCallId, endId);
  }

  detail(record: DetailRecord): void {
    const parties = partiesOf(record);
    const recorded = parties.find((party) => isRecorder(party) && party.relatedEndId !== "");
    for (const party of parties) {
      if (recorded !== undefined) remember(this.#related, party.endId, recorded.relatedEndId);
      if (!isSip(party) || party.description === "") continue;
      const other = parties.find(({ endId }) => endId !== party.endId);
      const end = recorded?.relatedEndId ?? other?.endId;
      if (end !== undefined) remember(this.#descriptions, party.description, end);
    }
  }

  /** All hits in the order of the rungs: the first one that can be found in the calls wins. */
  climb(clues: RecordingClues, starts: PendingStarts): LadderHit[] {
    const hits: LadderHit[] = streamHits(clues, starts);
    const tracked = this.#related.get(this.#tracks.get(clues.sipCallId) ?? "");
    if (tracked !== undefined) hits.push({ rung: 2, endId: tracked });
    const described = this.#descriptions.get(clues.sipCallId);
    if (described !== undefined) hits.push({ rung: 3, endId: described });
    const [extension, ...more] = starts.pendingOf(clues.callerUsers);
    // "Extension of exactly one party."
    if (extension !== undefined && more.length === 0) hits.push({ rung: 4, extension });
    return hits;
  }
}

function streamHits(clues: RecordingClues, starts: PendingStarts): LadderHit[] {
  const { requestUser, extensionHeaders: headers } = clues;
  const named = headers["x-dl3-stream"] ?? "";
  const ours = [requestUser ?? "", named].find((id) => id !== "" && starts.isKnownStream(id));
  if (ours !== undefined) return [{ rung: 1, streamId: ours, at: null }];
  const endId = headers["x-dl3-end"] ?? "";
  const deviceCallId = namedCall(clues);
  if (named === "" || (endId === "" && deviceCallId === "")) return [];
  return [{ rung: 1, streamId: named, at: { endId, deviceCallId } }];
}

/** The deviceCallId that the INVITE names; empty where it names none. */
export function namedCall({ extensionHeaders: headers }: RecordingClues): string {
  const [node, callId] = [headers["x-dl3-node"], headers["x-dl3-call"]];
  return node === undefined || callId === undefined ? "" : `${node}-${callId}`;
}

function remember(map: Map<string, string>, key: string, value: string): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED_CALL_IDS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
