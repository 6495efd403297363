// Transfers: blind, and the completion of a supervised one, in the patterns of devlink3.md §10 Q4
// and Q5. Functions over the call registry.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { ImpossibleAction, type CallRegistry } from "./call-registry.ts";
import type { Call, End } from "./call-state.ts";
import { calledType, presentedNumber } from "./offering.ts";
import { route } from "./routing.ts";

/** Name type of an internal user. */
const NAME_INTERNAL = 5;

/** The extension sends its call on to `to` and is out of it at once. */
export function blindTransfer(registry: CallRegistry, extension: string, to: string): Call {
  const own = registry.live().filter((each) => each.endOf(extension) && each.isConnected);
  const call = own.find((each) => !each.isHeld) ?? own[0];
  const leaving = call?.endOf(extension);
  const remaining = call === undefined || leaving === undefined ? null : call.other(leaving);
  if (call === undefined || leaving === undefined || remaining === null) {
    throw new ImpossibleAction(`${extension} has no call to transfer`);
  }
  const { directory, truth } = registry.options;
  truth.note(call.conversation, "transferred", extension);
  registry.loseEnd(call, leaving, { byThisDevice: true, cause: CAUSE.transfer });
  registry.forgetConsultation(call);
  registry.delegate.onEndGone(leaving, "party left");
  route(registry, call, { origin: remaining, destination: directory.dialledInside(to) });
  return call;
}

/** Joins the held party with whom the extension consulted, also while that one still rings. */
export function completeTransfer(registry: CallRegistry, extension: string): Call {
  const held = registry
    .live()
    .find((each) => each.endOf(extension)?.audioPath === 0 && each.consults !== null);
  const consultation = held?.consults ?? null;
  const heldEnd = held?.endOf(extension);
  const consultEnd = consultation?.endOf(extension);
  const remaining = held === undefined || heldEnd === undefined ? null : held.other(heldEnd);
  if (held === undefined || consultation === null || !heldEnd || !consultEnd || !remaining) {
    throw new ImpossibleAction(`${extension} has no consultation to complete`);
  }
  const { truth } = registry.options;
  const moved = consultation.other(consultEnd);
  truth.note(held.conversation, "transferred", extension);
  registry.loseEnd(held, heldEnd, { byThisDevice: true, cause: CAUSE.transfer });
  registry.loseEnd(consultation, consultEnd, { byThisDevice: true, cause: CAUSE.transfer });
  truth.addCall(held.conversation, consultation.callId);
  held.currentUser =
    moved === null ? consultation.currentUser : (moved.person.user?.extension ?? "");
  held.currentGroup = moved === null ? consultation.currentGroup : "";
  if (moved === null) moveTargets(registry, consultation, { to: held, remaining });
  else {
    consultation.detach(moved);
    held.attach(moved);
    rename(registry, moved, { remaining, left: heldEnd });
  }
  connectRemaining(remaining, moved?.state === STATE.connected);
  registry.emitDetail(held);
  registry.finish(consultation, CAUSE.transfer, extension);
  registry.delegate.onEndGone(heldEnd, "party left");
  registry.delegate.onEndGone(consultEnd, "party left");
  if (moved !== null) tellOfMove(registry, held, moved);
  return held;
}

/** The consulted end takes the place of the one that left, and names it. */
function rename(
  registry: CallRegistry,
  moved: End,
  { remaining, left }: { readonly remaining: End; readonly left: End },
): void {
  const isPhone = moved.line === null;
  const { user } = moved.person;
  Object.assign(moved, {
    tone: TONE.none,
    audioPath: 1,
    calledType: isPhone ? calledType(remaining) : 0,
    cli: isPhone ? presentedNumber(registry, remaining.person) : remaining.person.party,
    nameType: user === null ? moved.nameType : NAME_INTERNAL,
    name: user === null ? moved.name : user.name,
    relatedEnd: left.id,
  });
}

/** The phones that ring for the consultation ring on for the held call. */
function moveTargets(
  registry: CallRegistry,
  consultation: Call,
  { to, remaining }: { readonly to: Call; readonly remaining: End },
): void {
  to.targets = consultation.targets.map((target) => ({
    ...target,
    calledType: calledType(remaining),
    cli: presentedNumber(registry, remaining.person),
  }));
}

function connectRemaining(remaining: End, isConnected: boolean): void {
  Object.assign(remaining, {
    state: isConnected ? STATE.connected : STATE.ringback,
    tone: isConnected ? TONE.none : TONE.ringback,
    audioPath: 1,
  });
}

function tellOfMove(registry: CallRegistry, held: Call, moved: End): void {
  registry.delegate.onEndMoved(moved, held);
  if (!held.isConnected) return;
  registry.options.truth.note(held.conversation, "joined", moved.person.party);
  registry.delegate.onJoined(held, moved);
}
