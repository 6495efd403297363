// Records of calls on which nobody is: recording legs (devlink3.md §10, Q11) and whatever else the
// IP Office makes between resources of its own. Pure; beside call-records.ts.
import { CAUSE, EQUIPMENT, serializeDelta3, type Delta3Party } from "../wire/delta3.ts";
import { delta2End, type SipTrack } from "../wire/sip-track.ts";
import { callLostText, NO_CALL_EXTRAS, NO_PARTY_EXTRAS, type PbxEvent } from "./call-records.ts";

/** An end of a call of resources only. */
export interface ResourceEndFields {
  readonly endId: string;
  readonly direction: number;
  readonly state: number;
  readonly equipmentClass: number;
  readonly description?: string;
  readonly targetNumber?: string;
  readonly relatedEnd: string | null;
}

/** The text of a Detail of two resources, with nobody of flesh and blood on it. */
export function resourceDetail(
  node: string,
  callId: number,
  [one, other]: readonly [ResourceEndFields, ResourceEndFields],
): string {
  const party = (end: ResourceEndFields): Delta3Party => ({
    ...NO_PARTY_EXTRAS,
    ...{ audioPath: 1, tone: 0, publicLine: 0, equipmentType: 0, description: "" },
    ...end,
  });
  return serializeDelta3({
    kind: "detail",
    call: { ...NO_CALL_EXTRAS, node, callId },
    partyA: party(one),
    partyB: party(other),
    targets: [],
  });
}

/** A recording leg as it appears in events: a call of its own (sequence Q11). */
export interface LegCall {
  /** The node that dials: that of the recorded call. */
  readonly node: string;
  readonly callId: number;
  readonly handlerEnd: string;
  readonly trunkEnd: string;
  recordedEnd: string;
  readonly sipCallId: string;
  readonly streamId: string;
  readonly line: number;
  isAnswered: boolean;
}

/** Handler (class 19) with the recorded end, and the SIP trunk to the recorder. */
export function legDetailEvent(leg: LegCall): PbxEvent {
  const state = leg.isAnswered ? 2 : 1;
  const text = resourceDetail(leg.node, leg.callId, [
    {
      endId: leg.handlerEnd,
      direction: 1,
      state,
      equipmentClass: EQUIPMENT.recordingHandler,
      relatedEnd: leg.recordedEnd,
    },
    {
      endId: leg.trunkEnd,
      direction: 0,
      state,
      equipmentClass: EQUIPMENT.sipTrunk,
      description: leg.sipCallId,
      targetNumber: leg.streamId,
      relatedEnd: null,
    },
  ]);
  const title = `Detail call ${leg.callId} (recording leg)`;
  return { title, node: leg.node, delta3: text, sipTrack: null, wasConnected: leg.isAnswered };
}

export function legSipEvent(leg: LegCall, event: SipTrack["event"]): PbxEvent {
  return {
    title: `SIPTrack ${event} call ${leg.callId} (recording leg)`,
    node: leg.node,
    delta3: null,
    sipTrack: {
      event,
      endId: leg.trunkEnd,
      delta2End: delta2End(leg.trunkEnd, leg.line, false),
      sipType: "TRUNK",
      direction: "OUT",
      sipCallId: leg.sipCallId,
    },
    wasConnected: true,
  };
}

/** The leg's end: trunk, then handler. */
export function legLostEvents(leg: LegCall): PbxEvent[] {
  return [leg.trunkEnd, leg.handlerEnd].map((endId) => ({
    title: `CallLost call ${leg.callId} (recording leg)`,
    node: leg.node,
    delta3: callLostText(leg.node, endId, {
      byThisDevice: false,
      cause: CAUSE.normal,
      timestamp: null,
    }),
    sipTrack: null,
    wasConnected: leg.isAnswered,
  }));
}
