// The calls of the simulated IP Office: what people do, and what becomes of it. Every operation
// takes effect at once and tells the delegate, which sends events and keeps recordings.
// The patterns of events are those of devlink3.md §10 Q1–Q5 and Q8. Transfers: transfers.ts.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import {
  attemptRejectEvent,
  sipStartEvent,
  targetLostEvent,
  type PbxEvent,
} from "./call-records.ts";
import {
  CallRegistry,
  ImpossibleAction,
  type CallsDelegate,
  type CallsOptions,
} from "./call-registry.ts";
import {
  freshEnd,
  isOpen,
  isRingingAt,
  isTargetOf,
  type Call,
  type End,
  type Target,
} from "./call-state.ts";
import { conference, intrude } from "./conferences.ts";
import { ringOn, serveQueues } from "./hunting.ts";
import { park, unpark } from "./parking.ts";
import { answerConsent, setPrivate } from "./private-calls.ts";
import { allowsCall, allowsRecording } from "./platforms.ts";
import { route } from "./routing.ts";
import { chargeTo, pickable, steal } from "./takeovers.ts";
import { blindTransfer, completeTransfer } from "./transfers.ts";

/** Who calls whom. */
export interface PlaceCall {
  readonly from:
    { readonly extension: string } | { readonly number: string; readonly name?: string };
  /**
   * From outside: a dialled-in number, or an extension or group. From an extension: an extension,
   * a group, or an outside number with or without the site's prefix.
   */
  readonly to: string;
  /** Name of the trunk for a call from outside; default: the first with a free channel. */
  readonly via?: string;
}

/** Called type of a call that was picked up. */
const CALLED_PICKUP = 108;
/** Name type of a caller whose line gave a name. */
const NAME_EXPLICIT = 2;

export class Calls {
  readonly #registry: CallRegistry;

  constructor(options: CallsOptions, delegate: CallsDelegate) {
    const registry = new CallRegistry(options, delegate);
    this.#registry = registry;
    // After what has set a phone free: within it, calls are not yet what they will be.
    registry.onFreed = () => {
      options.clock.setTimer("pbx.queues", 0, () => serveQueues(registry));
    };
  }

  /** Calls in progress, oldest first. */
  live(): Call[] {
    return this.#registry.live();
  }

  /** Details of all calls in progress: what a client is told first. */
  snapshot(): PbxEvent[] {
    return this.#registry.snapshot();
  }

  callById(callId: number): Call | undefined {
    return this.live().find((call) => call.callId === callId);
  }

  /** The call that a node reports under this CallID. */
  callAt(node: string, callId: number): Call | undefined {
    return this.live().find((call) => call.views.get(node) === callId);
  }

  /** Something rings at this extension, or at this outside number. */
  isRinging(party: string): boolean {
    return this.live().some((call) => isRingingAt(call, party));
  }

  /** The party is connected, and not on hold. */
  isTalking(party: string): boolean {
    return this.live().some((call) => call.endOf(party) !== undefined && isOpen(call));
  }

  /** Places a call. Without a free VCM or trunk channel it is refused: its state is "ended". */
  placeCall(options: PlaceCall): Call {
    return "extension" in options.from
      ? this.#placeFromExtension(options.from.extension, options.to)
      : this.#placeFromOutside(options.from, options.to, options.via);
  }

  #placeFromOutside(
    from: { readonly number: string; readonly name?: string },
    to: string,
    via: string | undefined,
  ): Call {
    const registry = this.#registry;
    const { directory, identifiers, site, vcm } = registry.options;
    const inbound = directory.dialledOutside(to, via);
    if (inbound === null) throw new ImpossibleAction(`no trunk of the site leads to ${to}`);
    const person = directory.person(from.number, from.name ?? null);
    const call = registry.open(person);
    if (inbound === "full" || !allowsCall(registry.platform, registry.load())) {
      return registry.refuse(call, person, CAUSE.noChannel);
    }
    if (!vcm.take("call")) return registry.refuse(call, person, CAUSE.busy);
    const isSip = inbound.trunk.kind === "sip";
    const origin: End = {
      ...freshEnd(identifiers.trunkEnd(), person, 1),
      line: directory.seize(inbound.trunk),
      sipCallId: isSip ? identifiers.sipCallId(inbound.trunk.address) : null,
      did: isSip ? `sip:${inbound.did}@${site.address}` : inbound.did,
      cli: from.number,
      nameType: from.name === undefined ? null : NAME_EXPLICIT,
      name: from.name ?? null,
    };
    call.tag = inbound.trunk.tag;
    registry.begin(call, origin);
    registry.emit(sipStartEvent(call, origin));
    route(registry, call, { origin, destination: inbound.destination });
    return call;
  }

  #placeFromExtension(extension: string, to: string): Call {
    const registry = this.#registry;
    const { directory, identifiers, vcm } = registry.options;
    const user = registry.user(extension);
    if (!registry.hasAppearance(user)) {
      throw new ImpossibleAction(`${extension} has no free appearance to call ${to}`);
    }
    this.#holdWhateverTalks(extension);
    const person = directory.person(extension);
    const destination = directory.dialledInside(to);
    const call = registry.open(person);
    if (!allowsCall(registry.platform, registry.load())) {
      return registry.refuse(call, person, CAUSE.noChannel);
    }
    if (!vcm.take("call")) return registry.refuse(call, person, CAUSE.busy);
    const isOutside = destination.kind === "outside";
    const origin: End = {
      ...freshEnd(identifiers.phoneEnd(registry.nodeOf(person)), person, 1),
      sipCallId: user.kind === "sip" ? identifiers.sipCallId(extension) : null,
      dialled: isOutside ? directory.prefixed(destination.number) : to,
      cli: extension,
    };
    registry.begin(call, origin);
    registry.emit(sipStartEvent(call, origin));
    if (isOutside) this.#dial(call, origin);
    route(registry, call, { origin, destination });
    return call;
  }

  /** Off hook with dial tone, then dialled (sequence Q2). */
  #dial(call: Call, origin: End): void {
    const { dialled } = origin;
    Object.assign(origin, { state: STATE.dialling, tone: TONE.dial, dialled: "" });
    this.#registry.emitDetail(call);
    Object.assign(origin, { state: STATE.dialled, tone: TONE.none, dialled });
    this.#registry.emitDetail(call);
  }

  /** Answers what rings at this party: an extension, or somebody outside. */
  answer(party: string): Call {
    const call = this.live().find((candidate) => isRingingAt(candidate, party));
    if (call === undefined) throw new ImpossibleAction(`nothing rings at ${party}`);
    this.#holdWhateverTalks(party);
    const target = call.targets.find(isTargetOf(party));
    const end = target === undefined ? call.endOf(party) : this.#answerTarget(call, target);
    if (end === undefined) throw new ImpossibleAction(`nothing rings at ${party}`);
    return this.#connect(call, end);
  }

  /** A user takes a call that rings elsewhere: at a phone, for a group, or anywhere (null). */
  pickUp(extension: string, from: string | null): Call {
    const registry = this.#registry;
    const { call, target } = pickable(registry, extension, from);
    this.#holdWhateverTalks(extension);
    const vanished = call.targets;
    const user = registry.user(extension);
    const person = registry.options.directory.person(extension);
    const picked = { ...target, person, user, calledType: CALLED_PICKUP };
    this.#connect(call, this.#answerTarget(call, picked));
    for (const each of vanished) registry.emit(targetLostEvent(call, each, CAUSE.pickup));
    return call;
  }

  /** Holds the call in a slot of the PBX; anybody may take it from there. */
  park(extension: string, slot: string): Call {
    return park(this.#registry, extension, slot);
  }

  unpark(extension: string, slot: string): Call {
    this.#holdWhateverTalks(extension);
    return unpark(this.#registry, extension, slot);
  }

  /** Held party, consulted party and the extension talk together. */
  conference(extension: string): Call {
    return conference(this.#registry, extension);
  }

  setPrivate(extension: string, isPrivate: boolean): void {
    setPrivate(this.#registry, extension, isPrivate);
  }

  answerConsent(party: string, isRefused: boolean): void {
    answerConsent(this.#registry, party, isRefused);
  }

  #connect(call: Call, end: End): Call {
    const registry = this.#registry;
    registry.stopHunt(call);
    call.targets = [];
    for (const each of call.ends) {
      Object.assign(each, { state: STATE.connected, tone: TONE.none, audioPath: 1 });
    }
    call.wasConnected = true;
    registry.emitDetail(call);
    registry.options.truth.note(call.conversation, "answered", end.person.party);
    registry.delegate.onJoined(call, end);
    return call;
  }

  /** Who answers is an end of its own, unlike the target that rang (sequence Q1). */
  #answerTarget(call: Call, target: Target): End {
    const { identifiers, site } = this.#registry.options;
    const end: End = {
      ...freshEnd(identifiers.phoneEnd(this.#registry.nodeOf(target.person)), target.person, 0),
      sipCallId: target.user.kind === "sip" ? identifiers.sipCallId(site.address) : null,
      calledType: target.calledType,
      calledReason: target.calledReason,
      purpose: target.purpose,
      cli: target.cli,
    };
    call.attach(end);
    this.#registry.emit(sipStartEvent(call, end));
    return end;
  }

  /** The phone does not want the call. */
  reject(extension: string): Call {
    const registry = this.#registry;
    const call = this.live().find((each) => each.targets.some(isTargetOf(extension)));
    const target = call?.targets.find(isTargetOf(extension));
    const origin = call?.ends[0];
    if (call === undefined || target === undefined || origin === undefined) {
      throw new ImpossibleAction(`nothing rings at ${extension}`);
    }
    registry.emit(attemptRejectEvent(call, target));
    call.targets = call.targets.filter((each) => each !== target);
    ringOn(registry, call, origin);
    return call;
  }

  hold(extension: string): Call {
    const call = this.live().find((each) => each.endOf(extension) !== undefined && isOpen(each));
    if (call === undefined) throw new ImpossibleAction(`${extension} is not talking`);
    this.#setHold(call, extension, true);
    this.#registry.delegate.onHeld(call);
    return call;
  }

  retrieve(extension: string): Call {
    const call = this.live().find((each) => each.endOf(extension)?.audioPath === 0);
    if (call === undefined) throw new ImpossibleAction(`${extension} holds no call`);
    this.#holdWhateverTalks(extension);
    this.#setHold(call, extension, false);
    this.#registry.delegate.onRetrieved(call);
    return call;
  }

  /** The holder's audio path closes, the other hears music (sequence Q3). */
  #setHold(call: Call, extension: string, isHeld: boolean): void {
    for (const end of call.ends) {
      if (end.person.party === extension) end.audioPath = isHeld ? 0 : 1;
      else end.tone = isHeld ? TONE.music : TONE.none;
    }
    this.#registry.emitDetail(call);
    const kind = isHeld ? "held" : "retrieved";
    this.#registry.options.truth.note(call.conversation, kind, extension);
  }

  /** Hangs up what the party talks on, else what it calls, else what it holds; else rejects. */
  hangUp(party: string): Call {
    const own = this.live().filter((each) => each.endOf(party) !== undefined);
    const started = own.filter((each) => !isRingingAt(each, party));
    const call =
      started.find(isOpen) ?? started.find((each) => !each.isConnected) ?? started[0] ?? own[0];
    if (call === undefined) return this.reject(party);
    const isRefusal = !started.includes(call);
    const cause = isRefusal ? CAUSE.rejected : CAUSE.normal;
    this.#registry.release(call, call.endOf(party) ?? null, cause);
    return call;
  }

  /** The extension sends its call on to `to` and is out of it at once. */
  blindTransfer(extension: string, to: string): Call {
    return blindTransfer(this.#registry, extension, to);
  }

  /** Holds the extension's call and rings `to` on a call of its own, which is returned. */
  supervisedTransfer(extension: string, to: string): Call {
    const call = this.live().find((each) => each.endOf(extension) !== undefined && isOpen(each));
    const held = call ?? this.live().find((each) => each.endOf(extension)?.audioPath === 0);
    if (held === undefined) throw new ImpossibleAction(`${extension} has no call to transfer`);
    const consultation = this.placeCall({ from: { extension }, to });
    if (consultation.state === "ended" || held.state === "ended") return consultation;
    consultation.consults = held;
    held.consults = consultation;
    return consultation;
  }

  /** Joins the held party with whom the extension consulted; returns the call that survives. */
  completeTransfer(extension: string): Call {
    return completeTransfer(this.#registry, extension);
  }

  /** The platform can carry one more recording on this node. */
  allowsRecording(node: string): boolean {
    const registry = this.#registry;
    const { srtp } = registry.options.site;
    return allowsRecording(registry.platform, registry.load(node), srtp);
  }

  /** The node has restarted: no call is there any more, and nobody is told. */
  forgetAll(): void {
    this.#registry.forgetAll();
  }

  /** A user breaks into the call of another one: all three talk together. */
  intrude(extension: string, into: string): Call {
    this.#holdWhateverTalks(extension);
    return intrude(this.#registry, extension, into);
  }

  /** A user takes the call on which another one talks. */
  steal(extension: string, from: string): Call {
    this.#holdWhateverTalks(extension);
    return steal(this.#registry, extension, from);
  }

  /** The call of this party is charged to an account. */
  chargeTo(party: string, accountCode: string): void {
    chargeTo(this.#registry, party, accountCode);
  }

  /** Stops all timers. */
  close(): void {
    for (const call of this.live()) this.#registry.stopHunt(call);
  }

  /** Phones put a call on hold by themselves when another one is taken. */
  #holdWhateverTalks(party: string): void {
    if (this.#registry.options.directory.user(party) === undefined) return;
    const isTalking = (each: Call): boolean => each.endOf(party) !== undefined && isOpen(each);
    if (this.live().some(isTalking)) this.hold(party);
  }
}
