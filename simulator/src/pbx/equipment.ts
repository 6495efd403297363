// Kinds of phones and trunks, and how Delta3 names them: equipment class and type, and which lines
// are public (devlink3.md §8.3, fields 7, 10 and 11). Pure data, below site.ts and call-records.ts.
import { EQUIPMENT } from "../wire/delta3.ts";

export interface Equipment {
  readonly class: number;
  readonly type: number;
}

/** What a user may have on the desk, or in the pocket. */
export const PHONE_KINDS = [
  "digital",
  "analogue",
  "h323",
  "sip",
  "dect",
  "mobile",
  "webrtc",
] as const;
export type PhoneKind = (typeof PHONE_KINDS)[number];

export const TRUNK_KINDS = ["isdn", "sip", "analogue", "h323", "t1", "r2"] as const;
export type TrunkKind = (typeof TRUNK_KINDS)[number];

/** Type 106 is in the document's examples, the others are not public. */
export const PHONES: Readonly<Record<PhoneKind, Equipment>> = {
  digital: { class: EQUIPMENT.digitalPhone, type: 106 },
  analogue: { class: EQUIPMENT.digitalPhone, type: 0 },
  h323: { class: EQUIPMENT.h323Phone, type: 0 },
  sip: { class: EQUIPMENT.sipPhone, type: 0 },
  dect: { class: EQUIPMENT.dectPhone, type: 0 },
  mobile: { class: EQUIPMENT.mobilePhone, type: 0 },
  webrtc: { class: EQUIPMENT.webRtcPhone, type: 0 },
};

export const TRUNKS: Readonly<Record<TrunkKind, Equipment & { readonly isPublic: boolean }>> = {
  isdn: { class: EQUIPMENT.isdnTrunk, type: 2, isPublic: true },
  sip: { class: EQUIPMENT.sipTrunk, type: 0, isPublic: true },
  // "1 = ISDN, R2, T1 or SIP trunk to the public network": these two are not among them.
  analogue: { class: EQUIPMENT.analogueTrunk, type: 0, isPublic: false },
  h323: { class: EQUIPMENT.networkLine, type: 0, isPublic: false },
  t1: { class: EQUIPMENT.t1Trunk, type: 0, isPublic: true },
  r2: { class: EQUIPMENT.r2Trunk, type: 0, isPublic: true },
};

/** How a phone or line of another node appears. */
export const NETWORK: Equipment = { class: EQUIPMENT.networkLine, type: 0 };
