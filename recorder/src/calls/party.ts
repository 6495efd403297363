// What a party of a call is: pure questions on one Delta3 party (devlink3.md §8.3).
import type { DetailRecord, Party } from "../devlink3/delta3-record.ts";

const CONNECTED = 2;
const PRESERVED = 25;
const ALERTING: ReadonlySet<number> = new Set([1, 15, 19]);
const ENDING: ReadonlySet<number> = new Set([3, 21, 23, 24]);
const PHONES: ReadonlySet<number> = new Set([8, 9, 10, 11, 21, 28]);
const CONFERENCES: ReadonlySet<number> = new Set([17, 30]);
const VOICEMAIL = 12;
const PARK_SLOT = 16;
const SIP_TRUNK = 5;
const SIP_DEVICE = 10;
/** Recording handler and conference recorder: calls with one are never recorded (§9.3). */
const RECORDERS: ReadonlySet<number> = new Set([19, 26]);
const HOLD_MUSIC = 1;

export const FLAG_PRIVACY = 0x01;
export const FLAG_CONSENT_REFUSED = 0x20;

export function isConnected(party: Party): boolean {
  return party.state === CONNECTED || party.state === PRESERVED;
}

export function isAlerting(party: Party): boolean {
  return party.state !== null && ALERTING.has(party.state);
}

/** On its way out: a CallLost follows, or has been here already. */
export function isEnding(party: Party): boolean {
  return party.state !== null && ENDING.has(party.state);
}

export function isPhone(party: Party): boolean {
  return has(PHONES, party) && party.identity !== "";
}

export function isConference(party: Party): boolean {
  return has(CONFERENCES, party);
}

export function isVoicemail(party: Party): boolean {
  return party.equipmentClass === VOICEMAIL;
}

export function isParkSlot(party: Party): boolean {
  return party.equipmentClass === PARK_SLOT;
}

export function isRecorder(party: Party): boolean {
  return has(RECORDERS, party);
}

export function isSip(party: Party): boolean {
  return party.equipmentClass === SIP_TRUNK || party.equipmentClass === SIP_DEVICE;
}

/** Audio path 0, or hold music: either field tells, on either party (§10, Q3). */
export function isHeld(party: Party): boolean {
  return isConnected(party) && (party.audioPath === 0 || party.tone === HOLD_MUSIC);
}

/** How people call the party: its extension, or the number outside. */
export function partyLabel(party: Party): string {
  if (party.identity !== "") return party.identity;
  const outside = party.direction === 0 ? party.targetNumber || party.cli : party.cli;
  return outside || party.name || party.description || party.endId;
}

export function partiesOf(detail: DetailRecord): readonly Party[] {
  return [detail.partyA, detail.partyB].filter((party) => party !== null);
}

/** "At least two parties with state 2, or one plus a resource" (§9.2). */
export function isTalking(detail: DetailRecord): boolean {
  return partiesOf(detail).filter(isConnected).length >= 2;
}

function has(classes: ReadonlySet<number>, party: Party): boolean {
  return party.equipmentClass !== null && classes.has(party.equipmentClass);
}
