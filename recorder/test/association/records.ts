// Builders for what an IP Office says of its calls: every field has a default, so that what a test
// sets is what it is about. Ends and numbers as in the worked sequences of devlink3.md §10.
import type {
  DetailRecord,
  LostRecord,
  Party,
  SipTrack,
  Target,
} from "../../src/devlink3/delta3-record.ts";
import type { RecordingStatus } from "../../src/devlink3/recording-control.ts";

export const NODE = "c0a80a01";
export const TRUNK_END = `${NODE}00002329`;
/** End of extension 2001 in call 31, of 2002 after a transfer. */
export const END_2001 = `${NODE}000003f3`;
export const END_2002 = `${NODE}000003f9`;

const CONNECTED = 2;
const RINGBACK = 19;
const DIGITAL_PHONE = 8;
const ISDN = 2;
const SIP_TRUNK = 5;
const CONFERENCE = 17;
const RECORDING_HANDLER = 19;
const PARK_SLOT = 16;

export function party(set: Partial<Party> & { readonly endId: string }): Party {
  return {
    direction: 0,
    state: CONNECTED,
    audioPath: 1,
    tone: 0,
    isRemote: false,
    isPublicLine: false,
    flags: 0,
    equipmentClass: DIGITAL_PHONE,
    equipmentType: 0,
    description: "",
    identity: "",
    calledType: 0,
    calledReason: 0,
    did: "",
    dialled: "",
    targetNumber: "",
    purpose: "",
    cli: "",
    cliPresentation: 100,
    nameType: null,
    name: "",
    relatedEndId: "",
    isDamaged: false,
    ...set,
  };
}

export function trunk(set: Partial<Party> = {}): Party {
  return party({
    endId: TRUNK_END,
    direction: 1,
    isPublicLine: true,
    equipmentClass: ISDN,
    description: "5.7",
    cli: "02079460000",
    did: "5550100",
    ...set,
  });
}

export function phone(identity = "2001", set: Partial<Party> = {}): Party {
  const endId = identity === "2002" ? END_2002 : END_2001;
  return party({ endId, identity, ...set });
}

export function parkSlot(set: Partial<Party> = {}): Party {
  return party({ endId: `${NODE}00000410`, equipmentClass: PARK_SLOT, description: "620", ...set });
}

export function conference(endId: string): Party {
  return party({ endId, equipmentClass: CONFERENCE, description: "Conf 100" });
}

export function target(identity = "2001"): Target {
  return {
    endId: `${NODE}000003f2`,
    isRemote: false,
    equipmentClass: DIGITAL_PHONE,
    identity,
    calledType: 0,
    calledReason: 0,
    targetNumber: "",
    purpose: "",
    cli: "",
  };
}

export interface DetailShape {
  readonly callId?: number;
  readonly node?: string;
  readonly a?: Party | null;
  readonly b?: Party | null;
  readonly targets?: readonly Target[];
}

export function detail({
  callId = 31,
  node = NODE,
  a,
  b,
  targets,
}: DetailShape = {}): DetailRecord {
  return {
    kind: "Detail",
    call: {
      node,
      callId,
      accountCode: "",
      tag: "",
      ownerGroup: "",
      originalGroup: "",
      originalUser: "",
      currentGroup: "",
      currentUser: "",
      voicemailMessage: null,
      queue: null,
      timestamp: null,
      overflow: null,
    },
    partyA: a === undefined ? trunk() : a,
    partyB: b ?? null,
    targets: targets ?? [],
  };
}

/** Call 31 rings at an extension. */
export function ringing(identity = "2001"): DetailRecord {
  return detail({ a: trunk({ state: RINGBACK, tone: 2 }), targets: [target(identity)] });
}

/** Call 31, trunk and extension are talking. */
export function talking(identity = "2001", set: Partial<Party> = {}): DetailRecord {
  return detail({ b: phone(identity, set) });
}

/** Call 31 is held by the extension. */
export function held(identity = "2001"): DetailRecord {
  return detail({ a: trunk({ tone: 1 }), b: phone(identity, { audioPath: 0 }) });
}

export function lost(endId: string, cause = 16): LostRecord {
  return {
    kind: "CallLost",
    node: endId.slice(0, 8),
    endId,
    isClearedByDevice: false,
    cause,
    timestamp: null,
  };
}

/** The caller clears: both ends go. */
export function cleared(endId = END_2001): LostRecord[] {
  return [lost(TRUNK_END), lost(endId)];
}

export const LEG_HANDLER_END = `${NODE}0000042e`;
export const LEG_TRUNK_END = `${NODE}0000232e`;

/** The recording leg as a call of its own (Q11). */
export function leg(
  sipCallId: string,
  set: {
    readonly recordedEnd?: string;
    readonly streamId?: string;
    readonly related?: boolean;
  } = {},
): DetailRecord {
  const { recordedEnd = END_2001, streamId = "", related = true } = set;
  return detail({
    callId: 39,
    a: party({
      endId: LEG_HANDLER_END,
      direction: 1,
      equipmentClass: RECORDING_HANDLER,
      relatedEndId: related ? recordedEnd : "",
    }),
    b: party({
      endId: LEG_TRUNK_END,
      equipmentClass: SIP_TRUNK,
      description: sipCallId,
      targetNumber: streamId,
    }),
  });
}

export function sipTrack(sipCallId: string, set: Partial<SipTrack> = {}): SipTrack {
  return {
    event: "START",
    endId: LEG_TRUNK_END,
    sipType: "TRUNK",
    direction: "OUT",
    sipCallId,
    ...set,
  };
}

export function status(
  streamId: string,
  state: RecordingStatus["state"],
  set: Partial<RecordingStatus> = {},
): RecordingStatus {
  return {
    streamId,
    state,
    legEndId: null,
    sipCallId: null,
    sipStatus: null,
    reason: null,
    callId: null,
    ...set,
  };
}
