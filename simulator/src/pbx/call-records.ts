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
import { NETWORK, PHONES, TRUNKS, type Equipment } from "./equipment.ts";
import { nodeOfUser, type Site } from "./site.ts";

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

/** A call of which nothing special is to be told. */
export const NO_CALL_EXTRAS = {
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

/** The same of a party. */
export const NO_PARTY_EXTRAS = {
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

/** "A transit node would say the same with LinkLost" (devlink3.md §10, Q10). */
export function linkLostEvent(
  call: Call,
  node: string,
  lost: { readonly end: End; readonly cause: number },
): PbxEvent {
  const callId = call.views.get(node) ?? call.callId;
  const delta3 = serializeDelta3({
    kind: "linkLost",
    node,
    endId: lost.end.id,
    clearedInbound: 0,
    cause: lost.cause,
    timestamp: call.timestamp,
    linkReference: `${NETWORK_LINE}.${callId}`,
  });
  const { wasConnected } = call;
  return { title: `LinkLost call ${callId}`, node, delta3, sipTrack: null, wasConnected };
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

/** The text of a CallLost. */
export function callLostText(
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
  const { accountCode, tag } = call;
  return {
    ...NO_CALL_EXTRAS,
    node,
    callId,
    accountCode,
    tag,
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
    publicLine: end.line !== null && TRUNKS[end.line.trunk.kind].isPublic ? 1 : 0,
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
