// The calls in progress and their ends' coming and going, with the events, truth, trunk channels
// and VCM channels that belong to it. Below routing.ts, calls.ts and transfers.ts.
import type { Clock } from "@tapeline/recorder/ports";
import { STATE, TONE } from "../wire/delta3.ts";
import { callLostEvent, detailEvent, type PbxEvent } from "./call-records.ts";
import { Call, isTargetOf, type End, type Person } from "./call-state.ts";
import type { Directory } from "./directory.ts";
import type { Identifiers } from "./identifiers.ts";
import type { Site, SiteUser } from "./site.ts";
import type { TruthLog } from "./truth-log.ts";
import type { Vcm } from "./vcm.ts";

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
  /** A supervised transfer moved the end to another call. */
  onEndMoved(end: End, call: Call): void;
}

export interface CallsOptions {
  readonly site: Site;
  readonly directory: Directory;
  readonly identifiers: Identifiers;
  readonly vcm: Vcm;
  readonly truth: TruthLog;
  readonly clock: Clock;
}

/** How an end goes: by its own doing, and why. */
export interface Loss {
  readonly byThisDevice: boolean;
  readonly cause: number;
}

export class CallRegistry {
  readonly options: CallsOptions;
  readonly delegate: CallsDelegate;
  readonly #live = new Set<Call>();

  constructor(options: CallsOptions, delegate: CallsDelegate) {
    this.options = options;
    this.delegate = delegate;
  }

  /** Calls in progress, oldest first. */
  live(): Call[] {
    return [...this.#live];
  }

  /** A new call without ends, in a conversation of its own. */
  open(caller: Person): Call {
    const { identifiers, truth } = this.options;
    const callId = identifiers.callId();
    const call = new Call(callId, truth.open(callId));
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

  emitDetail(call: Call): void {
    call.refreshVoices();
    this.delegate.onEvent(detailEvent(this.options.site, call));
  }

  /** The end leaves the call, with its CallLost; its trunk channel is free again. */
  loseEnd(call: Call, end: End, loss: Loss): void {
    this.emit(callLostEvent(this.options.site, call, { end, ...loss }));
    call.detach(end);
    call.refreshVoices();
    if (end.line !== null) this.options.directory.release(end.line);
    this.options.truth.note(call.conversation, "left", end.person.party);
  }

  /** Ends the call: the end that clears it first, then the others, which the PBX releases. */
  release(call: Call, first: End | null, cause: number): void {
    const ends = call.ends.toSorted((a, b) => Number(b === first) - Number(a === first));
    for (const end of ends) this.loseEnd(call, end, { byThisDevice: end === first, cause });
    this.finish(call, cause, ends[0]?.person.party ?? "");
    for (const end of ends) this.delegate.onEndGone(end, "call ended");
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
    call.targets = [];
    call.endCause = cause;
    call.refreshVoices();
    this.#live.delete(call);
    this.options.vcm.release("call");
    this.options.truth.close(call.conversation, party);
  }

  stopHunt(call: Call): void {
    call.hunt?.timer?.cancel();
    call.hunt = null;
  }

  forgetConsultation(call: Call): void {
    if (call.consults !== null) call.consults.consults = null;
    call.consults = null;
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
