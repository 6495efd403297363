// What the simulated IP Office knows of a call: its ends, its targets, its place in a conversation.
// Mutable data with little behaviour; calls.ts changes it, call-records.ts writes it as Delta3.
import type { Timer } from "@tapeline/recorder/ports";
import { STATE, TONE } from "../wire/delta3.ts";
import type { SiteGroup, SiteTrunk, SiteUser } from "./site.ts";

/** Somebody who can be heard: a user of the site, or somebody outside. */
export interface Person {
  /** Extension, or the outside number: how people are named in operations and truth. */
  readonly party: string;
  readonly user: SiteUser | null;
  /** Caller's name as the line gives it; for users their short name. */
  readonly name: string | null;
  /** 1…65535, unlike anybody else's. */
  readonly voice: number;
}

/** A channel of a trunk in use. */
export interface TrunkChannel {
  readonly trunk: SiteTrunk;
  readonly channel: number;
}

/** One end of a call: a party in the sense of Delta3. */
export interface End {
  readonly id: string;
  readonly person: Person;
  /** 1 = the call came into the PBX by this end. */
  readonly direction: 0 | 1;
  /** null = a phone. */
  readonly line: TrunkChannel | null;
  /** Where the end is a SIP dialog. */
  readonly sipCallId: string | null;
  state: number;
  audioPath: 0 | 1;
  tone: number;
  calledType: number;
  readonly calledReason: number;
  readonly did: string;
  readonly dialled: string;
  readonly targetNumber: string;
  readonly purpose: string;
  cli: string;
  nameType: number | null;
  name: string | null;
  relatedEnd: string | null;
}

/** A phone to which a call is offered. */
export interface Target {
  readonly id: string;
  readonly person: Person;
  readonly user: SiteUser;
  readonly calledType: number;
  readonly calledReason: number;
  readonly purpose: string;
  readonly cli: string;
}

/** How a sequential hunt group is being rung. */
export interface Hunt {
  readonly group: SiteGroup;
  /** Place of the member to be rung next. */
  next: number;
  timer: Timer | null;
}

/** What people see of a call. */
export type PbxCallState = "offered" | "ringing" | "connected" | "held" | "ended";

/** A call as scenarios and harness hold it: it stays valid, also after the call's end. */
export interface PbxCall {
  readonly callId: number;
  /** Number of the conversation in the truth. */
  readonly conversation: number;
  readonly state: PbxCallState;
  /** Why it ended, by Delta3's causes: 16 normal, 17 busy, 34 no channel, 126 transferred. */
  readonly endCause: number | null;
}

export class Call implements PbxCall {
  readonly callId: number;
  readonly conversation: number;
  partyA: End | null = null;
  partyB: End | null = null;
  targets: Target[] = [];
  hunt: Hunt | null = null;
  originalGroup = "";
  originalUser = "";
  currentGroup = "";
  currentUser = "";
  /** Both sides have been connected at least once (for `-CONN`). */
  wasConnected = false;
  endCause: number | null = null;
  /** Voices that are heard now, ascending; read for every frame of speech, so kept ready. */
  voices: readonly number[] = [];
  /** The consultation's held call, and the held call's consultation, while both exist. */
  consults: Call | null = null;

  constructor(callId: number, conversation: number) {
    this.callId = callId;
    this.conversation = conversation;
  }

  get ends(): End[] {
    return [this.partyA, this.partyB].filter((end) => end !== null);
  }

  get isConnected(): boolean {
    return this.ends.filter(isTalkingEnd).length === 2;
  }

  get isHeld(): boolean {
    return this.isConnected && this.ends.some((end) => end.audioPath === 0);
  }

  get state(): PbxCallState {
    if (this.endCause !== null) return "ended";
    if (this.isHeld) return "held";
    if (this.isConnected) return "connected";
    const isRinging =
      this.targets.length > 0 || this.ends.some((end) => end.state === STATE.ringing);
    return isRinging ? "ringing" : "offered";
  }

  /** The end of this person; undefined when the person is not on the call. */
  endOf(party: string): End | undefined {
    return this.ends.find((end) => end.person.party === party);
  }

  other(end: End): End | null {
    return this.partyA === end ? this.partyB : this.partyA;
  }

  /** Brings `voices` up to date: nobody is heard while the call is held, ringing or over. */
  refreshVoices(): void {
    this.voices =
      this.isConnected && !this.isHeld
        ? this.ends.map((end) => end.person.voice).toSorted((a, b) => a - b)
        : [];
  }

  /** Puts an end into the free place; which one does not matter to Delta3. */
  attach(end: End): void {
    if (this.partyA === null) this.partyA = end;
    else if (this.partyB === null) this.partyB = end;
    else throw new Error(`call ${this.callId} has two parties already`);
  }

  detach(end: End): void {
    if (this.partyA === end) this.partyA = null;
    else if (this.partyB === end) this.partyB = null;
  }
}

function isTalkingEnd(end: End): boolean {
  return end.state === STATE.connected;
}

/** The call rings at a phone, or at somebody outside, of this name. */
export function isRingingAt(call: Call, party: string): boolean {
  if (call.targets.some(isTargetOf(party))) return true;
  const end = call.endOf(party);
  return end !== undefined && end.direction === 0 && end.state === STATE.ringing;
}

export function isTargetOf(extension: string): (target: Target) => boolean {
  return (target) => target.user.extension === extension;
}

/** Connected and not held. */
export function isOpen(call: Call): boolean {
  return call.isConnected && !call.isHeld;
}

/** An end on which nothing has happened yet. */
export function freshEnd(id: string, person: Person, direction: 0 | 1): End {
  return {
    id,
    person,
    direction,
    line: null,
    sipCallId: null,
    state: STATE.idle,
    audioPath: 1,
    tone: TONE.none,
    calledType: 0,
    calledReason: 0,
    did: "",
    dialled: "",
    targetNumber: "",
    purpose: "",
    cli: "",
    nameType: null,
    name: null,
    relatedEnd: null,
  };
}
