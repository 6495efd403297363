// The calls in progress and their ends' coming and going, with the events, truth, trunk channels
// and VCM channels that belong to it. Below routing.ts, calls.ts and transfers.ts.
import type { Clock } from "@tapeline/recorder/ports";
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import {
  callLostEvent,
  detailEvent,
  linkLostEvent,
  viewLostEvent,
  type PbxEvent,
} from "./call-records.ts";
import { Call, isTargetOf, type Conference, type End, type Person } from "./call-state.ts";
import type { Directory } from "./directory.ts";
import { ExtensionStates } from "./extension-states.ts";
import type { Identifiers } from "./identifiers.ts";
import { PLATFORMS, type Load, type Platform } from "./platforms.ts";
import { nodeOfAddress, nodeOfUser, type Site, type SiteGroup, type SiteUser } from "./site.ts";
import type { TruthLog } from "./truth-log.ts";
import type { Vcm } from "./vcm.ts";
import { closeVoicemail } from "./voicemail.ts";

/** The number of the first conference. */
const FIRST_CONFERENCE = 100;

/** Somebody did what is not possible now (answered though nothing rang): a scenario's mistake. */
export class ImpossibleAction extends Error {
  override readonly name = "ImpossibleAction";
}

/** News for those who record and report. */
export interface CallsDelegate {
  onEvent(event: PbxEvent): void;
  /** `end` answered, or joined a call by transfer. */
  onJoined(call: Call, end: End): void;
  onHeld(call: Call): void;
  onRetrieved(call: Call): void;
  onEndGone(end: End, why: "party left" | "call ended"): void;
  /** A supervised transfer or a conference moved the end to another call. */
  onEndMoved(end: End, call: Call): void;
  /** The person is on the call again by another end: unparked. */
  onEndReplaced(old: End, end: End, call: Call): void;
  /** Recording the call is forbidden from now on: private, or a party refused. */
  onForbidden(call: Call): void;
}

export interface CallsOptions {
  readonly site: Site;
  readonly directory: Directory;
  readonly identifiers: Identifiers;
  readonly vcm: Vcm;
  readonly truth: TruthLog;
  readonly clock: Clock;
  /** For field 15 of records; null = records have none. */
  timestamp(): number | null;
  /** The nodes of the recordings in progress. */
  recordings(): readonly string[];
}

/** How an end goes: by its own doing, and why. */
export interface Loss {
  readonly byThisDevice: boolean;
  readonly cause: number;
}

export class CallRegistry {
  readonly options: CallsOptions;
  readonly delegate: CallsDelegate;
  /** By group: who rang last, for rotary groups. */
  readonly lastRung = new Map<string, string>();
  readonly #live = new Set<Call>();
  readonly #extensionStates = new ExtensionStates();
  readonly #idleSinceMs = new Map<string, number>();
  #conferences = 0;

  constructor(options: CallsOptions, delegate: CallsDelegate) {
    this.options = options;
    this.delegate = delegate;
  }

  /** Calls in progress, oldest first. */
  live(): Call[] {
    return [...this.#live];
  }

  /** What the platform is asked to carry now. */
  load(node = this.options.site.node): Load {
    const recordings = this.options.recordings();
    return {
      calls: this.#live.size,
      recordings: recordings.length,
      nodeRecordings: recordings.filter((each) => each === node).length,
      conferenceMembers: this.live().filter(({ conference }) => conference !== null).length,
    };
  }

  get platform(): Platform | null {
    const { platform } = this.options.site;
    return platform === null ? null : PLATFORMS[platform];
  }

  /** A new call without ends, in a conversation of its own. */
  open(caller: Person): Call {
    const { identifiers, truth } = this.options;
    const callId = identifiers.callId();
    const call = new Call(callId, truth.open(callId), this.nodeOf(caller));
    truth.note(call.conversation, "offered", caller.party);
    return call;
  }

  /** The call never came to be. */
  refuse(call: Call, caller: Person, cause: number): Call {
    call.endCause = cause;
    this.options.truth.close(call.conversation, caller.party);
    return call;
  }

  /** The caller's end is there; from now on the call is in progress. */
  begin(call: Call, origin: End): void {
    call.attach(origin);
    this.#live.add(call);
  }

  emit(event: PbxEvent | null): void {
    if (event !== null) this.delegate.onEvent(event);
  }

  /** Another call of a conversation that is there already. */
  openWithin(conversation: number, caller: Person): Call {
    const callId = this.options.identifiers.callId();
    this.options.truth.addCall(conversation, callId);
    return new Call(callId, conversation, this.nodeOf(caller));
  }

  /** The call's snapshot, from each node that takes part in it. */
  emitDetail(call: Call): void {
    call.refreshVoices();
    call.timestamp = this.options.timestamp();
    this.#dropViews(call);
    for (const end of call.ends) this.#extensionStates.onEnd(end, (event) => this.emit(event));
    for (const node of this.#nodesOf(call)) {
      if (!call.views.has(node)) {
        const callId = this.options.identifiers.callId();
        call.views.set(node, callId);
        this.options.truth.addCall(call.conversation, callId);
      }
      this.delegate.onEvent(detailEvent(this.options.site, call, node));
    }
  }

  /** Details of all calls: what a client is told first. */
  snapshot(): PbxEvent[] {
    return this.live().flatMap((call) =>
      [...call.views.keys()].map((node) => detailEvent(this.options.site, call, node)),
    );
  }

  nodeOf(person: Person): string {
    return nodeOfUser(this.options.site, person.user);
  }

  #nodesOf(call: Call): Set<string> {
    const ends = call.ends.map(({ id }) => id.slice(0, call.node.length));
    const targets = call.targets.map(({ person }) => this.nodeOf(person));
    const nodes = new Set([call.node, ...ends, ...targets]);
    if (nodes.size > 1 && this.#transit !== null) nodes.add(this.#transit);
    return nodes;
  }

  /** The node in between. */
  get #transit(): string | null {
    const { transit } = this.options.site;
    return transit === null ? null : nodeOfAddress(transit);
  }

  /** Nodes on which nobody is left tell that the ends of elsewhere are gone. */
  #dropViews(call: Call): void {
    const nodes = this.#nodesOf(call);
    for (const node of call.views.keys()) {
      if (nodes.has(node)) continue;
      for (const end of call.ends) {
        const isTransit = node === this.#transit;
        this.delegate.onEvent(
          isTransit
            ? linkLostEvent(call, node, { end, cause: CAUSE.normal })
            : viewLostEvent(call, node, end),
        );
      }
      call.views.delete(node);
    }
  }

  /** The CallLost of an end that has left the call already. */
  tellLost(call: Call, end: End, loss: Loss): void {
    call.timestamp = this.options.timestamp();
    this.emit(callLostEvent(call, { end, ...loss }));
    const transit = this.#transit;
    if (transit !== null && call.views.has(transit)) {
      this.emit(linkLostEvent(call, transit, { end, cause: loss.cause }));
    }
    this.#extensionStates.onLost(end, (event) => this.emit(event));
  }

  /** The end leaves the call, with its CallLost; its trunk channel is free again. */
  loseEnd(call: Call, end: End, loss: Loss): void {
    this.tellLost(call, end, loss);
    call.detach(end);
    call.refreshVoices();
    if (end.line !== null) this.options.directory.release(end.line);
    if (end.person.user !== null) {
      this.#idleSinceMs.set(end.person.party, this.options.clock.nowMs());
    }
    if (end.resource === null) {
      this.options.truth.note(call.conversation, "left", end.person.party);
    }
  }

  /** The node has restarted: nobody is on any call, and no record says so. */
  forgetAll(): void {
    const { directory, truth, vcm } = this.options;
    for (const call of this.live()) {
      this.stopHunt(call);
      for (const { line } of call.ends) if (line !== null) directory.release(line);
      Object.assign(call, { targets: [], partyA: null, partyB: null, endCause: CAUSE.normal });
      Object.assign(call, { conference: null, parkedEnd: null, consults: null, voices: [] });
      this.#live.delete(call);
      vcm.release("call");
      if (this.live().every(({ conversation }) => conversation !== call.conversation)) {
        truth.close(call.conversation, "");
      }
    }
  }

  /** Ends the call: the end that clears it first, then the others, which the PBX releases. */
  release(call: Call, first: End | null, cause: number): void {
    const ends = call.ends.toSorted((a, b) => Number(b === first) - Number(a === first));
    if (closeVoicemail(call, this.options.clock.nowMs())) this.emitDetail(call);
    const parked = call.parkedEnd;
    for (const end of ends) this.loseEnd(call, end, { byThisDevice: end === first, cause });
    this.finish(call, cause, ends[0]?.person.party ?? "");
    const gone = parked === null ? ends : [parked, ...ends];
    for (const end of gone) this.delegate.onEndGone(end, "call ended");
  }

  /** Busy tone, and the PBX clears the caller. */
  fail(call: Call, origin: End, cause: number): void {
    Object.assign(origin, { state: STATE.disconnecting, tone: TONE.busy });
    call.targets = [];
    this.emitDetail(call);
    this.release(call, null, cause);
  }

  /** The call is over: nobody is on it any more. */
  finish(call: Call, cause: number, party: string): void {
    this.stopHunt(call);
    this.forgetConsultation(call);
    const { conference } = call;
    call.targets = [];
    call.endCause = cause;
    call.parkedEnd = null;
    call.refreshVoices();
    this.#live.delete(call);
    this.options.vcm.release("call");
    if (conference !== null) this.#leaveConference(call, conference);
    if (!this.live().some(({ conversation }) => conversation === call.conversation)) {
      this.options.truth.close(call.conversation, party);
    }
    this.onFreed?.();
  }

  /** Set by those who wait for free phones; called when a call has ended. */
  onFreed: (() => void) | null = null;

  /** The others go on; somebody alone in a conference is cleared. */
  #leaveConference(call: Call, conference: Conference): void {
    conference.members.delete(call);
    call.conference = null;
    call.voices = [];
    const [last, ...others] = conference.members;
    if (last === undefined) return;
    if (others.length === 0) this.release(last, null, CAUSE.normal);
    else last.refreshVoices();
  }

  /** Nothing rings, queues or records a message any more. */
  stopHunt(call: Call): void {
    for (const timer of call.timers.values()) timer.cancel();
    call.timers.clear();
    call.hunt = null;
    this.leaveQueue(call);
  }

  leaveQueue(call: Call): void {
    if (call.queued?.takesVcm === true) this.options.vcm.release("queued");
    call.queued = null;
    call.queue = null;
  }

  /** One timer a purpose and call; all end with `stopHunt`. */
  setTimer(call: Call, purpose: string, delayMs: number, action: () => void): void {
    call.timers.get(purpose)?.cancel();
    const timer = this.options.clock.setTimer(`pbx.${purpose}`, delayMs, () => {
      call.timers.delete(purpose);
      action();
    });
    call.timers.set(purpose, timer);
  }

  forgetConsultation(call: Call): void {
    if (call.consults !== null) call.consults.consults = null;
    call.consults = null;
  }

  /** The members of a group in the order in which they are to ring now. */
  orderOf(group: SiteGroup): readonly string[] {
    const { members, ring, number } = group;
    if (ring === "rotary") {
      const next = members.indexOf(this.lastRung.get(number) ?? "") + 1;
      return [...members.slice(next), ...members.slice(0, next)];
    }
    if (ring !== "longest-waiting") return members;
    const since = (member: string): number => this.#idleSinceMs.get(member) ?? -1;
    return members.toSorted((one, other) => since(one) - since(other));
  }

  group(number: string): SiteGroup | undefined {
    return this.options.directory.group(number);
  }

  /** "Conf 100" and so on: rooms are numbered from 100. */
  nextConference(): string {
    this.#conferences += 1;
    return `Conf ${FIRST_CONFERENCE + this.#conferences - 1}`;
  }

  user(extension: string): SiteUser {
    const user = this.options.directory.user(extension);
    if (user === undefined) throw new ImpossibleAction(`the site has no extension ${extension}`);
    return user;
  }

  /** Another call finds room on the phone. */
  hasAppearance(user: SiteUser): boolean {
    return this.#appearancesInUse(user.extension) < user.appearances;
  }

  isIdle(extension: string): boolean {
    return this.#appearancesInUse(extension) === 0;
  }

  #appearancesInUse(extension: string): number {
    const uses = this.live().filter(
      (call) => call.endOf(extension) || call.targets.some(isTargetOf(extension)),
    );
    return uses.length;
  }
}
