// Park and unpark: the caller waits in a slot and hears music (devlink3.md §10, Q7). The recording
// of who parked waits with the call: it goes on when the same user takes the call back.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { ImpossibleAction, type CallRegistry } from "./call-registry.ts";
import { freshEnd, isOpen, resourceEnd, type Call } from "./call-state.ts";

const CALLED_PARK = 134;
const CALLED_UNPARK = 135;

export function park(registry: CallRegistry, extension: string, slot: string): Call {
  const call = registry.live().find((each) => each.endOf(extension) && isOpen(each));
  const leaving = call?.endOf(extension);
  const remaining = call === undefined || leaving === undefined ? null : call.other(leaving);
  if (call === undefined || leaving === undefined || remaining === null || call.conference) {
    throw new ImpossibleAction(`${extension} has no call to park`);
  }
  if (parkedIn(registry, slot) !== undefined) {
    throw new ImpossibleAction(`park slot ${slot} is taken`);
  }
  registry.loseEnd(call, leaving, { byThisDevice: false, cause: CAUSE.parked });
  registry.forgetConsultation(call);
  const { identifiers, truth } = registry.options;
  const resource = { kind: "park", label: slot, identity: "" } as const;
  call.attach(resourceEnd(identifiers.phoneEnd(call.node), resource, CALLED_PARK));
  call.parkedEnd = leaving;
  call.currentUser = "";
  remaining.tone = TONE.music;
  registry.emitDetail(call);
  truth.note(call.conversation, "parked", extension);
  registry.delegate.onHeld(call);
  return call;
}

export function unpark(registry: CallRegistry, extension: string, slot: string): Call {
  const call = parkedIn(registry, slot);
  const parked = call?.ends.find(({ resource }) => resource?.kind === "park");
  const waiting = call === undefined || parked === undefined ? null : call.other(parked);
  if (call === undefined || parked === undefined || waiting === null) {
    throw new ImpossibleAction(`nothing is parked in slot ${slot}`);
  }
  const { identifiers, directory, truth } = registry.options;
  const person = directory.person(extension);
  const before = call.parkedEnd;
  call.detach(parked);
  const end = {
    ...freshEnd(identifiers.phoneEnd(registry.nodeOf(person)), person, 1),
    state: STATE.connected,
    calledType: CALLED_UNPARK,
    cli: extension,
  };
  call.attach(end);
  call.parkedEnd = null;
  call.currentUser = extension;
  waiting.tone = TONE.none;
  registry.emitDetail(call);
  registry.tellLost(call, parked, { byThisDevice: false, cause: CAUSE.unparked });
  truth.note(call.conversation, "joined", extension);
  if (before?.person.party === extension) registry.delegate.onEndReplaced(before, end, call);
  else if (before !== null) registry.delegate.onEndGone(before, "party left");
  registry.delegate.onJoined(call, end);
  return call;
}

function parkedIn(registry: CallRegistry, slot: string): Call | undefined {
  return registry
    .live()
    .find(({ ends }) =>
      ends.some(({ resource }) => resource?.kind === "park" && resource.label === slot),
    );
}
