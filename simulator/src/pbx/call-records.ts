// Writes calls as Delta3 records and SIPTrack, field by field in the patterns of devlink3.md §10.
// Pure; between calls.ts and the DevLink3 server.
import type { CmExtn } from "../wire/cm-extn.ts";
import {
  CAUSE,
  EQUIPMENT,
  serializeDelta3,
  type Delta3Call,
  type Delta3Party,
  type Delta3Target,
} from "../wire/delta3.ts";
import { delta2End, type SipTrack } from "../wire/sip-track.ts";
import type { Call, End, Resource, Target } from "./call-state.ts";
import { nodeOfUser, type Site, type SiteUser } from "./site.ts";

/** What the DevLink3 server is to send to each client that asked for it: one event. */
export interface PbxEvent {
  /** What a person calls it in the ladder: "Detail call 31". */
  readonly title: string;
  /** The node that reports it; others than the server's own only to clients with `-SCN`. */
  readonly node: string;
  /** Text of a Delta3 record. */
  readonly delta3: string | null;
  readonly sipTrack: SipTrack | null;
  /** An extension has changed its state; for clients with `-CMExtn`. */
  readonly cmExtn?: CmExtn;
  /** False while the call was never connected: not for clients with `-CONN`. */
  readonly wasConnected: boolean;
}

/** An end identifier begins with its node. */
const NODE_CHARACTERS = 8;
const PRESENTATION_UNSPECIFIED = 100;
/** The line number by which a SIP phone's ends are named in Delta2 terms. */
const PHONE_LINE = 0;

interface Equipment {
  readonly class: number;
  readonly type: number;
}

const PHONES: Readonly<Record<SiteUser["kind"], Equipment>> = {
  digital: { class: EQUIPMENT.digitalPhone, type: 106 },
  h323: { class: EQUIPMENT.h323Phone, type: 0 },
  sip: { class: EQUIPMENT.sipPhone, type: 0 },
};

/** How a phone or line of another node appears. */
const NETWORK: Equipment = { class: EQUIPMENT.networkLine, type: 0 };

const TRUNKS: Readonly<Record<"isdn" | "sip", Equipment>> = {
  isdn: { class: EQUIPMENT.isdnTrunk, type: 2 },
  sip: { class: EQUIPMENT.sipTrunk, type: 0 },
};

const NO_CALL_EXTRAS = {
  accountCode: "",
  authorisationCode: "",
  tag: "",
  transferCause: 0,
  ownerGroup: "",
  originalGroup: "",
  originalUser: "",
  currentGroup: "",
  currentUser: "",
  voicemailMessage: null,
  voicemailSeconds: null,
  queue: null,
  timestamp: null,
  overflow: null,
  callFlow: null,
  callFlowTime: null,
};

const NO_PARTY_EXTRAS = {
  remote: 0,
  flags: 0,
  emergency: 0,
  identity: "",
  calledType: 0,
  calledReason: 0,
  did: "",
  dialled: "",
  onBehalf: "",
  targetNumber: "",
  targetSubAddress: "",
  purpose: "",
  cli: "",
  cliPresentation: PRESENTATION_UNSPECIFIED,
  nameType: null,
  name: null,
  relatedEnd: null,
};

/** Line number of the lines between the nodes of a network. */
const NETWORK_LINE = 18;

/** The call's snapshot, as a node that takes part in it sees it (devlink3.md §10, Q10). */
export function detailEvent(site: Site, call: Call, node: string): PbxEvent {
  const callId = call.views.get(node) ?? call.callId;
  const party = (end: End | null): Delta3Party | null =>
    end === null ? null : partyFields(end, { node, callId });
  const text = serializeDelta3({
    kind: "detail",
    call: { ...callFields(call), node, callId },
    partyA: party(call.partyA),
    partyB: party(call.partyB),
    targets: call.targets.map((target) => targetFields(site, target, node)),
  });
  return {
    title: `Detail call ${callId}`,
    node,
    delta3: text,
    sipTrack: null,
    wasConnected: call.wasConnected,
  };
}

/** An end is gone; for a SIP end with the SIPTrack END in the same event (as vector S4). */
export function callLostEvent(
  call: Call,
  lost: { readonly end: End; readonly byThisDevice: boolean; readonly cause: number },
): PbxEvent {
  const node = lost.end.id.slice(0, NODE_CHARACTERS);
  return {
    title: `CallLost call ${call.views.get(node) ?? call.callId}`,
    node,
    delta3: callLostText(node, lost.end.id, { ...lost, timestamp: call.timestamp }),
    sipTrack: sipTrackOf(lost.end, "END"),
    wasConnected: call.wasConnected,
  };
}

/** A node takes no part in the call any more: for it, an end of elsewhere is gone. */
export function viewLostEvent(call: Call, node: string, end: End): PbxEvent {
  const lost = { byThisDevice: false, cause: CAUSE.normal, timestamp: call.timestamp };
  return {
    title: `CallLost call ${call.views.get(node) ?? call.callId}`,
    node,
    delta3: callLostText(node, end.id, lost),
    sipTrack: null,
    wasConnected: call.wasConnected,
  };
}

/** A phone that was offered the call is told that another one has it. */
export function targetLostEvent(call: Call, target: Target, cause: number): PbxEvent {
  const node = target.id.slice(0, NODE_CHARACTERS);
  return {
    title: `CallLost call ${call.callId} (target)`,
    node,
    delta3: callLostText(node, target.id, {
      byThisDevice: false,
      cause,
      timestamp: call.timestamp,
    }),
    sipTrack: null,
    wasConnected: call.wasConnected,
  };
}

function callLostText(
  node: string,
  endId: string,
  lost: {
    readonly byThisDevice: boolean;
    readonly cause: number;
    readonly timestamp: number | null;
  },
): string {
  return serializeDelta3({
    kind: "callLost",
    node,
    endId,
    clearedInbound: lost.byThisDevice ? 1 : 0,
    cause: lost.cause,
    timestamp: lost.timestamp,
    linkReference: null,
  });
}

/** A user does not want the call. */
export function attemptRejectEvent(call: Call, target: Target): PbxEvent {
  const node = target.id.slice(0, NODE_CHARACTERS);
  const text = serializeDelta3({
    kind: "attemptReject",
    node,
    endId: target.id,
    user: target.user.extension,
    qualifier: "drop",
    timestamp: call.timestamp,
  });
  return {
    title: `AttemptReject call ${call.callId}`,
    node,
    delta3: text,
    sipTrack: null,
    wasConnected: call.wasConnected,
  };
}

/** The SIP dialog of an end begins; null when the end has none. */
export function sipStartEvent(call: Call, end: End): PbxEvent | null {
  const sipTrack = sipTrackOf(end, "START");
  if (sipTrack === null) return null;
  const title = `SIPTrack START call ${call.callId}`;
  const node = end.id.slice(0, NODE_CHARACTERS);
  return { title, node, delta3: null, sipTrack, wasConnected: call.wasConnected };
}

function sipTrackOf(end: End, event: SipTrack["event"]): SipTrack | null {
  if (end.sipCallId === null) return null;
  const cameIn = end.direction === 1;
  return {
    event,
    endId: end.id,
    delta2End: delta2End(end.id, end.line?.trunk.line ?? PHONE_LINE, cameIn),
    sipType: end.line === null ? "PHONE" : "TRUNK",
    direction: cameIn ? "IN" : "OUT",
    sipCallId: end.sipCallId,
  };
}

function callFields(call: Call): Delta3Call {
  const { callId, node, ownerGroup, originalGroup, originalUser, currentGroup, currentUser } = call;
  const { voicemailMessage, voicemailSeconds, queue, overflow, timestamp } = call;
  return {
    ...NO_CALL_EXTRAS,
    node,
    callId,
    ownerGroup,
    originalGroup,
    originalUser,
    currentGroup,
    currentUser,
    voicemailMessage,
    voicemailSeconds,
    queue,
    overflow,
    timestamp,
  };
}

function partyFields(
  end: End,
  view: { readonly node: string; readonly callId: number },
): Delta3Party {
  const isRemote = !end.id.startsWith(view.node);
  const equipment = isRemote ? NETWORK : equipmentOf(end);
  const user = end.person.user;
  return {
    ...NO_PARTY_EXTRAS,
    endId: end.id,
    direction: end.direction,
    state: end.state,
    audioPath: end.audioPath,
    tone: end.tone,
    publicLine: end.line === null ? 0 : 1,
    flags: end.flags,
    remote: isRemote ? 1 : 0,
    equipmentClass: equipment.class,
    equipmentType: equipment.type,
    description: isRemote ? `${NETWORK_LINE}.${view.callId}` : descriptionOf(end),
    identity: end.resource?.identity ?? user?.extension ?? "",
    calledType: end.calledType,
    calledReason: end.calledReason,
    did: end.did,
    dialled: end.dialled,
    targetNumber: end.targetNumber,
    purpose: end.purpose,
    cli: end.cli,
    nameType: end.nameType,
    name: end.name,
    relatedEnd: end.relatedEnd,
  };
}

const RESOURCES: Readonly<Record<Resource["kind"], Equipment>> = {
  conference: { class: EQUIPMENT.conference, type: 0 },
  voicemail: { class: EQUIPMENT.voicemail, type: 0 },
  park: { class: EQUIPMENT.parkSlot, type: 0 },
};

function equipmentOf(end: End): Equipment {
  if (end.resource !== null) return RESOURCES[end.resource.kind];
  if (end.line !== null) return TRUNKS[end.line.trunk.kind];
  return PHONES[end.person.user?.kind ?? "digital"];
}

function descriptionOf(end: End): string {
  if (end.resource !== null) return end.resource.label;
  if (end.sipCallId !== null) return end.sipCallId;
  return end.line === null ? "" : `${end.line.trunk.line}.${end.line.channel}`;
}

function targetFields(site: Site, target: Target, node: string): Delta3Target {
  const isRemote = nodeOfUser(site, target.user) !== node;
  const equipment = isRemote ? NETWORK : PHONES[target.user.kind];
  return {
    endId: target.id,
    remote: isRemote ? 1 : 0,
    publicLine: 0,
    equipmentClass: equipment.class,
    equipmentType: equipment.type,
    description: "",
    identity: target.user.extension,
    calledType: target.calledType,
    calledReason: target.calledReason,
    targetNumber: "",
    targetSubAddress: "",
    purpose: target.purpose,
    cli: target.cli,
    cliPresentation: PRESENTATION_UNSPECIFIED,
  };
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
  const common = { ...NO_PARTY_EXTRAS, state, audioPath: 1, tone: 0, publicLine: 0 };
  const text = serializeDelta3({
    kind: "detail",
    call: { ...NO_CALL_EXTRAS, node: leg.node, callId: leg.callId },
    partyA: {
      ...common,
      endId: leg.handlerEnd,
      direction: 1,
      equipmentClass: EQUIPMENT.recordingHandler,
      equipmentType: 0,
      description: "",
      relatedEnd: leg.recordedEnd,
    },
    partyB: {
      ...common,
      endId: leg.trunkEnd,
      direction: 0,
      equipmentClass: EQUIPMENT.sipTrunk,
      equipmentType: 0,
      description: leg.sipCallId,
      targetNumber: leg.streamId,
    },
    targets: [],
  });
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
