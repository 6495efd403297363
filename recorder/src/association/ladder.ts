// The ladder: which recorded end a SIP call belongs to, by the clues of its INVITE and what the
// event stream has said so far (devlink3.md §13.6). A stage of facts; the look-up itself is pure.
import type { DetailRecord, SipTrack } from "../devlink3/delta3-record.ts";
import { isRecorder, isSip, partiesOf } from "../calls/party.ts";
import type { RecordingClues } from "../association-facts.ts";

/** "Rung 4: a START is pending for at most 5 s." */
export const PENDING_START_MS = 5_000;
/** SIP Call-IDs remembered; older ones give way. */
const REMEMBERED_CALL_IDS = 10_000;

export type LadderHit =
  | { readonly rung: 1; readonly streamId: string }
  /** The end that the PBX's own records tie to the SIP Call-ID. */
  | { readonly rung: 2 | 3; readonly endId: string }
  | { readonly rung: 4; readonly extension: string };

export interface PendingStarts {
  isKnownStream(streamId: string): boolean;
  /** Extensions for which a START has been pending for at most PENDING_START_MS. */
  pendingExtensions(): readonly string[];
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

  /** First hit wins. */
  climb(clues: RecordingClues, starts: PendingStarts): LadderHit | null {
    const streams = [clues.requestUser, clues.extensionHeaders["x-dl3-stream"]];
    for (const streamId of streams) {
      if (typeof streamId === "string" && starts.isKnownStream(streamId)) {
        return { rung: 1, streamId };
      }
    }
    const tracked = this.#related.get(this.#tracks.get(clues.sipCallId) ?? "");
    if (tracked !== undefined) return { rung: 2, endId: tracked };
    const described = this.#descriptions.get(clues.sipCallId);
    if (described !== undefined) return { rung: 3, endId: described };
    const pending = starts.pendingExtensions();
    const matching = pending.filter((extension) => clues.callerUsers.includes(extension));
    const [extension, ...more] = matching;
    return extension !== undefined && more.length === 0 ? { rung: 4, extension } : null;
  }
}

function remember(map: Map<string, string>, key: string, value: string): void {
  map.delete(key);
  map.set(key, value);
  if (map.size <= REMEMBERED_CALL_IDS) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}
