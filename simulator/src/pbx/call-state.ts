// What the simulated IP Office knows of a call: its ends, its targets, its place in a conversation.
// Mutable data with little behaviour; calls.ts changes it, call-records.ts writes it as Delta3.
import type { Timer } from "@tapeline/recorder/ports";
import { PARTY_FLAG, STATE, TONE } from "../wire/delta3.ts";
import type { SiteGroup, SiteTrunk, SiteUser } from "./site.ts";

/** Somebody who can be heard: a user of the site, or somebody outside. */
export interface Person {
  /** Extension, or the outside number: how people are named in operations and truth. */
  readonly party: string;
  readonly user: SiteUser | null;
  /** Caller's name as the line gives it; for users their short name. */
  readonly name: string | null;
  /** 1…65535, unlike anybody else's; 0 = a resource, which is not heard. */
  readonly voice: number;
  /** Calls of this person are private from their beginning. */
  readonly isPrivate: boolean;
}

/** A channel of a trunk in use. */
export interface TrunkChannel {
  readonly trunk: SiteTrunk;
  readonly channel: number;
}

/** What is no person: a conference, a voicemail box, a park slot. */
export interface Resource {
  readonly kind: "conference" | "voicemail" | "park";
  /** "Conf 100", "620"; the description of Delta3. */
  readonly label: string;
  /** Of a voicemail box: whose it is. */
  readonly identity: string;
}

/** One end of a call: a party in the sense of Delta3. */
export interface End {
  readonly id: string;
  readonly person: Person;
  /** 1 = the call came into the PBX by this end. */
  direction: 0 | 1;
  /** null = a phone, or a resource. */
  readonly line: TrunkChannel | null;
  /** null = a phone or a line. */
  readonly resource: Resource | null;
  /** PARTY_FLAG bits: private, consent answered or refused. */
  flags: number;
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

/** How a hunt group is being rung. */
export interface Hunt {
  readonly group: SiteGroup;
  /**
   * Members in the order in which they ring; one after the other, unless the group is collective.
   */
  readonly order: readonly string[];
  /** Place of the member to be rung next. */
  next: number;
}

/** A wait in a group's queue. */
export interface Queued {
  readonly group: SiteGroup;
  readonly takesVcm: boolean;
}

/** A conference: each member is on a call of its own (devlink3.md §10, Q6). */
export interface Conference {
  readonly name: string;
  readonly members: Set<Call>;
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
  /** The node that has the call; others that take part report it as well. */
  readonly node: string;
  partyA: End | null = null;
  partyB: End | null = null;
  targets: Target[] = [];
  hunt: Hunt | null = null;
  queued: Queued | null = null;
  conference: Conference | null = null;
  /** Who parked the call: its recording waits for it to come back. */
  parkedEnd: End | null = null;
  /** Of ringing, queueing and voicemail; all stop when somebody answers or the call ends. */
  readonly timers = new Map<string, Timer>();
  /** Fields 3, 5, 7, 12–14 and 16 of Delta3's Call section. */
  accountCode = "";
  tag = "";
  ownerGroup = "";
  voicemailMessage: number | null = null;
  voicemailSeconds: number | null = null;
  messageSinceMs: number | null = null;
  queue: number | null = null;
  overflow: number | null = null;
  /** Field 15, as of the last record: tenths of a second since midnight; null = not told. */
  timestamp: number | null = null;
  /** By node: the CallID under which that node of the network reports the call. */
  readonly views = new Map<string, number>();
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

  constructor(callId: number, conversation: number, node: string) {
    this.callId = callId;
    this.conversation = conversation;
    this.node = node;
    this.views.set(node, callId);
  }

  get ends(): End[] {
    return [this.partyA, this.partyB].filter((end) => end !== null);
  }

  get isConnected(): boolean {
    return this.ends.filter(isTalkingEnd).length === 2;
  }

  get isHeld(): boolean {
    return (
      this.isConnected &&
      this.ends.some((end) => end.audioPath === 0 || end.resource?.kind === "park")
    );
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
    const members = this.conference === null ? [this] : [...this.conference.members];
    const heard = members
      .filter(isOpen)
      .flatMap((member) => member.ends)
      .filter(({ resource }) => resource === null)
      .map(({ person }) => person.voice)
      .toSorted((a, b) => a - b);
    for (const member of members) member.voices = isOpen(member) ? heard : [];
    if (!members.includes(this)) this.voices = [];
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
    resource: null,
    flags:
      (person.isPrivate ? PARTY_FLAG.privacy : 0) |
      (person.user?.voicemailRecords === true ? PARTY_FLAG.autoRecorded : 0),
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

/** The end of a resource, connected at once. */
export function resourceEnd(id: string, resource: Resource, calledType: number): End {
  const person: Person = {
    party: `${resource.kind} ${resource.label || resource.identity}`,
    user: null,
    name: null,
    voice: 0,
    isPrivate: false,
  };
  return { ...freshEnd(id, person, 0), resource, calledType, state: STATE.connected };
}
