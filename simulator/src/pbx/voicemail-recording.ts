// Voicemail Pro records calls of its own accord, whatever a recorder does: the recorded party
// carries flag 04, and a conference recorder (class 26) shows up as a party of a further call.
// devlink3.md §8.3, §9.3, §10 "Voicemail Pro auto-recording". Only its records are simulated.
import { CAUSE, EQUIPMENT, STATE } from "../wire/delta3.ts";
import { callLostText, type PbxEvent } from "./call-records.ts";
import type { Call, End } from "./call-state.ts";
import type { Identifiers } from "./identifiers.ts";
import { resourceDetail } from "./resource-records.ts";

interface FurtherCall {
  readonly node: string;
  readonly callId: number;
  readonly recorderEnd: string;
  readonly boxEnd: string;
  readonly recordedEnd: string;
}

export class VoicemailRecordings {
  readonly #identifiers: Identifiers;
  readonly #publish: (event: PbxEvent) => void;
  /** By the recorded end. */
  readonly #active = new Map<string, FurtherCall>();

  constructor(identifiers: Identifiers, publish: (event: PbxEvent) => void) {
    this.#identifiers = identifiers;
    this.#publish = publish;
  }

  /** Somebody answered or joined: users who want it are recorded from now on. */
  onJoined(call: Call): void {
    for (const end of call.ends) {
      if (end.person.user?.voicemailRecords !== true || this.#active.has(end.id)) continue;
      const further: FurtherCall = {
        node: call.node,
        callId: this.#identifiers.callId(),
        recorderEnd: this.#identifiers.phoneEnd(call.node),
        boxEnd: this.#identifiers.phoneEnd(call.node),
        recordedEnd: end.id,
      };
      this.#active.set(end.id, further);
      this.#publish(detailOf(further));
    }
  }

  onEndGone(end: End): void {
    const further = this.#active.get(end.id);
    if (further === undefined) return;
    this.#active.delete(end.id);
    const { node, callId } = further;
    for (const endId of [further.recorderEnd, further.boxEnd]) {
      const lost = { byThisDevice: false, cause: CAUSE.normal, timestamp: null };
      this.#publish({
        title: `CallLost call ${callId} (Voicemail Pro)`,
        node,
        delta3: callLostText(node, endId, lost),
        sipTrack: null,
        wasConnected: true,
      });
    }
  }

  /** Details of the further calls, for the snapshot at the start of a stream. */
  snapshot(): PbxEvent[] {
    return [...this.#active.values()].map(detailOf);
  }

  /** The node has restarted. */
  forgetAll(): void {
    this.#active.clear();
  }
}

function detailOf(further: FurtherCall): PbxEvent {
  const { node, callId, recorderEnd, boxEnd, recordedEnd } = further;
  const delta3 = resourceDetail(node, callId, [
    {
      endId: recorderEnd,
      direction: 1,
      state: STATE.connected,
      equipmentClass: EQUIPMENT.conferenceRecorder,
      relatedEnd: recordedEnd,
    },
    {
      endId: boxEnd,
      direction: 0,
      state: STATE.connected,
      equipmentClass: EQUIPMENT.voicemail,
      relatedEnd: null,
    },
  ]);
  const title = `Detail call ${callId} (Voicemail Pro)`;
  return { title, node, delta3, sipTrack: null, wasConnected: true };
}
