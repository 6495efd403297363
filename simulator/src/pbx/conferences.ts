// Conferences: each member is on a call of its own, whose other party is the conference
// (devlink3.md §10, Q6). Functions over the call registry.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { ImpossibleAction, type CallRegistry } from "./call-registry.ts";
import { allowsConference } from "./platforms.ts";
import {
  freshEnd,
  isOpen,
  resourceEnd,
  type Call,
  type Conference,
  type End,
} from "./call-state.ts";

const CALLED_CONFERENCE = 116;
const CALLED_INTRUDE = 106;
/** A conference begins with three. */
const FIRST_MEMBERS = 3;

/**
 * Joins the party whom the extension holds, the one with whom it consults, and itself. When the
 * held call is a conference already, who was consulted joins it. Returns the extension's call.
 */
export function conference(registry: CallRegistry, extension: string): Call {
  const held = registry
    .live()
    .find((each) => each.endOf(extension)?.audioPath === 0 && each.consults !== null);
  const consultation = held?.consults ?? null;
  const heldEnd = held?.endOf(extension);
  const consultEnd = consultation?.endOf(extension);
  const invited = consultation === null || !consultEnd ? null : consultation.other(consultEnd);
  if (!held || consultation === null || !heldEnd || !consultEnd || invited === null) {
    throw new ImpossibleAction(`${extension} has nobody to confer with`);
  }
  if (!consultation.isConnected) throw new ImpossibleAction(`${invited.person.party} still rings`);
  if (held.conference !== null) {
    return extend(registry, held.conference, { held, consultation, consultEnd, invited });
  }
  takeChannels(registry, { count: 2, members: FIRST_MEMBERS });
  const room = openRoom(registry);
  const remaining = held.other(heldEnd);
  held.detach(heldEnd);
  if (remaining !== null) Object.assign(remaining, { tone: TONE.none, audioPath: 1 });
  join(registry, room, held);
  const own = moveToOwnCall(registry, room, { end: consultEnd, held, from: consultation });
  const theirs = moveToOwnCall(registry, room, { end: invited, held, from: consultation });
  for (const call of [held, own, theirs]) registry.emitDetail(call);
  // Emitted after it has been replaced: as the sequence has it.
  registry.tellLost(held, heldEnd, { byThisDevice: false, cause: CAUSE.conference });
  // Its channel goes to the two calls that came of it.
  registry.finish(consultation, CAUSE.conference, extension);
  const { delegate } = registry;
  const { truth } = registry.options;
  delegate.onEndGone(heldEnd, "party left");
  delegate.onEndMoved(consultEnd, own);
  delegate.onEndMoved(invited, theirs);
  truth.addCall(held.conversation, consultation.callId);
  truth.note(held.conversation, "joined", invited.person.party);
  delegate.onJoined(own, consultEnd);
  return own;
}

interface Extension {
  readonly held: Call;
  readonly consultation: Call;
  readonly consultEnd: End;
  readonly invited: End;
}

/** The one whom a member consulted joins the conference; the member is back in it. */
function extend(
  registry: CallRegistry,
  room: Conference,
  { held, consultation, consultEnd, invited }: Extension,
): Call {
  const { truth } = registry.options;
  takeChannels(registry, { count: 1, members: room.members.size + 1 });
  registry.loseEnd(consultation, consultEnd, { byThisDevice: false, cause: CAUSE.conference });
  for (const end of held.ends) Object.assign(end, { tone: TONE.none, audioPath: 1 });
  const theirs = moveToOwnCall(registry, room, { end: invited, held, from: consultation });
  for (const call of [held, theirs]) registry.emitDetail(call);
  registry.finish(consultation, CAUSE.conference, consultEnd.person.party);
  registry.delegate.onEndGone(consultEnd, "party left");
  registry.delegate.onEndMoved(invited, theirs);
  registry.delegate.onRetrieved(held);
  truth.addCall(held.conversation, consultation.callId);
  truth.note(held.conversation, "joined", invited.person.party);
  return held;
}

/**
 * The extension breaks into the call in which `into` talks. How the records of it look is not
 * public: ours are those of a conference, with the called type of an intrusion.
 */
export function intrude(registry: CallRegistry, extension: string, into: string): Call {
  const target = registry.live().find((each) => each.endOf(into) !== undefined && isOpen(each));
  const end = target?.endOf(into);
  if (target === undefined || end === undefined) {
    throw new ImpossibleAction(`${into} is not talking`);
  }
  const isRoom = target.conference !== null;
  const members = (target.conference?.members.size ?? 2) + 1;
  takeChannels(registry, { count: isRoom ? 1 : 2, members });
  const room = target.conference ?? openRoom(registry);
  const { directory, identifiers, truth } = registry.options;
  const calls = [target];
  let moved: Call | null = null;
  if (!isRoom) {
    moved = moveToOwnCall(registry, room, { end, held: target, from: target });
    join(registry, room, target);
    // Told first: so the end is seen to move, not to leave.
    calls.unshift(moved);
  }
  const person = directory.person(extension);
  const own = registry.openWithin(target.conversation, person);
  const intruder: End = {
    ...freshEnd(identifiers.phoneEnd(registry.nodeOf(person)), person, 1),
    state: STATE.connected,
    calledType: CALLED_INTRUDE,
    cli: extension,
  };
  registry.begin(own, intruder);
  own.wasConnected = true;
  join(registry, room, own);
  for (const call of [...calls, own]) registry.emitDetail(call);
  if (moved !== null) registry.delegate.onEndMoved(end, moved);
  truth.note(target.conversation, "joined", extension);
  registry.delegate.onJoined(own, intruder);
  return own;
}

function openRoom(registry: CallRegistry): Conference {
  return { name: registry.nextConference(), members: new Set() };
}

function moveToOwnCall(
  registry: CallRegistry,
  room: Conference,
  { end, held, from }: { readonly end: End; readonly held: Call; readonly from: Call },
): Call {
  from.detach(end);
  const call = registry.openWithin(held.conversation, end.person);
  Object.assign(end, { direction: 1, state: STATE.connected, tone: TONE.none, audioPath: 1 });
  registry.begin(call, end);
  call.wasConnected = true;
  join(registry, room, call);
  return call;
}

function join(registry: CallRegistry, room: Conference, call: Call): void {
  const id = registry.options.identifiers.phoneEnd(call.node);
  const resource = { kind: "conference", label: room.name, identity: "" } as const;
  call.attach(resourceEnd(id, resource, CALLED_CONFERENCE));
  call.conference = room;
  room.members.add(call);
}

/** A VCM channel for each new call, and room for the members of the conference. */
function takeChannels(
  registry: CallRegistry,
  { count, members }: { readonly count: number; readonly members: number },
): void {
  const { vcm } = registry.options;
  const more = members === FIRST_MEMBERS ? members : 1;
  if (!allowsConference(registry.platform, registry.load(), { members, more })) {
    throw new ImpossibleAction("no conference channel is free");
  }
  if (vcm.used + count > vcm.available) throw new ImpossibleAction("no VCM channel is free");
  for (let taken = 0; taken < count; taken += 1) vcm.take("call");
}
