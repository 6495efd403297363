// Delta3 records: what the simulated IP Office writes (a reader is among the tests).
// XML-like text whose element content is a list of fields by position; devlink3.md §8.
//
//   <Detail><Call>…</Call><PartyA>…</PartyA><PartyB>…</PartyB><Target_list>…</Target_list></Detail>
//   <CallLost>node,end,inbound,cause</CallLost>   (LinkLost, AttemptReject alike)

import { unreachable } from "../unreachable.ts";

/** Party and target states, devlink3.md §8.3. */
export const STATE = {
  idle: 0,
  ringing: 1,
  connected: 2,
  disconnecting: 3,
  dialling: 7,
  dialled: 8,
  ringback: 19,
} as const;

export const TONE = { none: 0, music: 1, ringback: 2, dial: 3, busy: 6 } as const;

/** Equipment classes that the simulated IP Office has. */
export const EQUIPMENT = {
  isdnTrunk: 2,
  analogueTrunk: 3,
  /** An H.323 trunk; also the lines of a small community network. */
  networkLine: 4,
  sipTrunk: 5,
  t1Trunk: 6,
  r2Trunk: 7,
  digitalPhone: 8,
  h323Phone: 9,
  sipPhone: 10,
  dectPhone: 11,
  voicemail: 12,
  parkSlot: 16,
  conference: 17,
  recordingHandler: 19,
  mobilePhone: 21,
  conferenceRecorder: 26,
  webRtcPhone: 28,
} as const;

export const CAUSE = {
  normal: 16,
  busy: 17,
  rejected: 21,
  noChannel: 34,
  parked: 117,
  unparked: 118,
  pickup: 119,
  transfer: 126,
  conference: 127,
  steal: 131,
} as const;

/** Party flags: what forbids a recording, and who else records. */
export const PARTY_FLAG = {
  privacy: 0x01,
  /** Recorded by Voicemail Pro, that is, not by a recorder of ours. */
  autoRecorded: 0x04,
  consentAnswered: 0x10,
  consentRefused: 0x20,
} as const;

/** Call section; null = not set. */
export interface Delta3Call {
  readonly node: string;
  readonly callId: number;
  readonly accountCode: string;
  readonly authorisationCode: string;
  readonly tag: string;
  readonly transferCause: number;
  readonly ownerGroup: string;
  readonly originalGroup: string;
  readonly originalUser: string;
  readonly currentGroup: string;
  readonly currentUser: string;
  readonly voicemailMessage: number | null;
  readonly voicemailSeconds: number | null;
  readonly queue: number | null;
  /** Tenths of a second. */
  readonly timestamp: number | null;
  readonly overflow: number | null;
  readonly callFlow: string | null;
  readonly callFlowTime: number | null;
}

/** Party section: 23 fields, and up to three more where they are set. */
export interface Delta3Party {
  readonly endId: string;
  readonly direction: number;
  readonly state: number;
  readonly audioPath: number;
  readonly tone: number;
  readonly remote: number;
  readonly publicLine: number;
  readonly flags: number;
  readonly emergency: number;
  readonly equipmentClass: number;
  readonly equipmentType: number;
  readonly description: string;
  readonly identity: string;
  readonly calledType: number;
  readonly calledReason: number;
  readonly did: string;
  readonly dialled: string;
  readonly onBehalf: string;
  readonly targetNumber: string;
  readonly targetSubAddress: string;
  readonly purpose: string;
  readonly cli: string;
  readonly cliPresentation: number;
  readonly nameType: number | null;
  readonly name: string | null;
  readonly relatedEnd: string | null;
}

/** Target section: one phone or line to which the call is offered. */
export interface Delta3Target {
  readonly endId: string;
  readonly remote: number;
  readonly publicLine: number;
  readonly equipmentClass: number;
  readonly equipmentType: number;
  readonly description: string;
  readonly identity: string;
  readonly calledType: number;
  readonly calledReason: number;
  readonly targetNumber: string;
  readonly targetSubAddress: string;
  readonly purpose: string;
  readonly cli: string;
  readonly cliPresentation: number;
}

export interface Delta3Detail {
  readonly kind: "detail";
  readonly call: Delta3Call;
  readonly partyA: Delta3Party | null;
  readonly partyB: Delta3Party | null;
  readonly targets: readonly Delta3Target[];
}

export type Delta3Record =
  | Delta3Detail
  | {
      readonly kind: "callLost" | "linkLost";
      readonly node: string;
      readonly endId: string;
      /** 1 = by this device. */
      readonly clearedInbound: number;
      readonly cause: number;
      readonly timestamp: number | null;
      /** LinkLost only. */
      readonly linkReference: string | null;
    }
  | {
      readonly kind: "attemptReject";
      readonly node: string;
      readonly endId: string;
      readonly user: string;
      readonly qualifier: string;
      readonly timestamp: number | null;
    };

type Field = string | number | null | { readonly quoted: string };

function escapeText(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

function fieldText(field: Field): string {
  if (field === null) return "";
  if (typeof field === "number") return String(field);
  if (typeof field === "object") return `"${escapeText(field.quoted)}"`;
  // Only quoted fields may hold commas: elsewhere one would shift all fields after it.
  return escapeText(field).replaceAll(",", "%2C");
}

/** Fields after `minimum` are written only up to the last one that is set. */
function element(name: string, minimum: number, fields: readonly Field[]): string {
  let count = fields.length;
  while (count > minimum && fields[count - 1] === null) count -= 1;
  return `<${name}>${fields.slice(0, count).map(fieldText).join(",")}</${name}>`;
}

function quoted(text: string | null): Field {
  return text === null ? null : { quoted: text };
}

function callElement(call: Delta3Call): string {
  return element("Call", 11, [
    call.node,
    call.callId,
    call.accountCode,
    call.authorisationCode,
    call.tag,
    call.transferCause,
    call.ownerGroup,
    call.originalGroup,
    call.originalUser,
    call.currentGroup,
    call.currentUser,
    call.voicemailMessage,
    call.voicemailSeconds,
    call.queue,
    call.timestamp,
    call.overflow,
    quoted(call.callFlow),
    call.callFlowTime,
  ]);
}

function partyElement(name: "PartyA" | "PartyB", party: Delta3Party): string {
  return element(name, 23, [
    party.endId,
    party.direction,
    party.state,
    party.audioPath,
    party.tone,
    party.remote,
    party.publicLine,
    party.flags,
    party.emergency,
    party.equipmentClass,
    party.equipmentType,
    party.description,
    party.identity,
    party.calledType,
    party.calledReason,
    party.did,
    party.dialled,
    party.onBehalf,
    party.targetNumber,
    party.targetSubAddress,
    party.purpose,
    party.cli,
    party.cliPresentation,
    party.nameType,
    quoted(party.name),
    party.relatedEnd,
  ]);
}

function targetElement(target: Delta3Target): string {
  return element("Target", 14, [
    target.endId,
    target.remote,
    target.publicLine,
    target.equipmentClass,
    target.equipmentType,
    target.description,
    target.identity,
    target.calledType,
    target.calledReason,
    target.targetNumber,
    target.targetSubAddress,
    target.purpose,
    target.cli,
    target.cliPresentation,
  ]);
}

/** One record as the text of a CallDelta3 tuple (without its NUL). */
export function serializeDelta3(record: Delta3Record): string {
  switch (record.kind) {
    case "detail": {
      const { call, partyA, partyB, targets } = record;
      const list = targets.map(targetElement).join("");
      return [
        "<Detail>",
        callElement(call),
        partyA === null ? "" : partyElement("PartyA", partyA),
        partyB === null ? "" : partyElement("PartyB", partyB),
        list === "" ? "" : `<Target_list>${list}</Target_list>`,
        "</Detail>",
      ].join("");
    }
    case "callLost":
      return element("CallLost", 4, [
        record.node,
        record.endId,
        record.clearedInbound,
        record.cause,
        record.timestamp,
      ]);
    case "linkLost":
      return element("LinkLost", 4, [
        record.node,
        record.endId,
        record.clearedInbound,
        record.cause,
        record.timestamp,
        record.linkReference,
      ]);
    case "attemptReject":
      return element("AttemptReject", 4, [
        record.node,
        record.endId,
        record.user,
        record.qualifier,
        record.timestamp,
      ]);
    default:
      return unreachable(record);
  }
}
