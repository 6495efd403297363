// Where a call goes: it rings a phone, the members of a hunt group at once or one after the other,
// or somebody outside by a trunk. Functions over the call registry; devlink3.md §10 Q1, Q2, Q8.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { sipStartEvent } from "./call-records.ts";
import {
  freshEnd,
  isTargetOf,
  type Call,
  type End,
  type Person,
  type Target,
} from "./call-state.ts";
import type { CallRegistry } from "./call-registry.ts";
import type { Destination } from "./directory.ts";
import type { SiteGroup, SiteUser } from "./site.ts";

/** Called type and reason of Delta3 as far as they occur here. */
const CALLED_INTERNAL = 101;
const REASON_HUNT_GROUP = 4;

/** Offers the call to its destination; `origin` is who waits there. */
export function route(
  registry: CallRegistry,
  call: Call,
  to: { readonly origin: End; readonly destination: Destination },
): void {
  const { origin, destination } = to;
  Object.assign(origin, { state: STATE.ringback, tone: TONE.ringback, audioPath: 1 });
  switch (destination.kind) {
    case "user":
      routeToUser(registry, call, { origin, user: destination.user });
      break;
    case "group":
      routeToGroup(registry, call, { origin, group: destination.group });
      break;
    case "outside":
      routeOutside(registry, call, { origin, number: destination.number });
      break;
  }
}

function routeToUser(
  registry: CallRegistry,
  call: Call,
  { origin, user }: { readonly origin: End; readonly user: SiteUser },
): void {
  if (call.originalUser === "" && call.originalGroup === "") call.originalUser = user.extension;
  call.currentUser = user.extension;
  call.currentGroup = "";
  if (!registry.hasAppearance(user)) {
    registry.fail(call, origin, CAUSE.busy);
    return;
  }
  ring(registry, call, [newTarget(registry, { origin, user, group: null })]);
}

interface ToGroup {
  readonly origin: End;
  readonly group: SiteGroup;
}

function routeToGroup(registry: CallRegistry, call: Call, { origin, group }: ToGroup): void {
  if (call.originalUser === "" && call.originalGroup === "") call.originalGroup = group.number;
  call.currentGroup = group.number;
  call.currentUser = "";
  if (group.ring === "sequential") {
    call.hunt = { group, next: 0, timer: null };
    huntOn(registry, call, { origin, group });
    return;
  }
  const free = group.members.filter((member) => registry.isIdle(member));
  if (free.length === 0) {
    registry.fail(call, origin, CAUSE.busy);
    return;
  }
  const users = free.map((member) => registry.user(member));
  ring(
    registry,
    call,
    users.map((user) => newTarget(registry, { origin, user, group })),
  );
}

/** Rings the next free member of a sequential group, starting over after the last. */
function huntOn(registry: CallRegistry, call: Call, { origin, group }: ToGroup): void {
  const { hunt } = call;
  if (hunt === null) return;
  for (let tried = 0; tried < group.members.length; tried += 1) {
    const member = group.members[hunt.next % group.members.length] ?? "";
    hunt.next += 1;
    if (!registry.isIdle(member) && !call.targets.some(isTargetOf(member))) continue;
    const user = registry.user(member);
    ring(registry, call, [newTarget(registry, { origin, user, group })]);
    hunt.timer?.cancel();
    const delayMs = group.ringSeconds * 1000;
    hunt.timer = registry.options.clock.setTimer("pbx.hunt", delayMs, () => {
      huntOn(registry, call, { origin, group });
    });
    return;
  }
  registry.fail(call, origin, CAUSE.busy);
}

/** A phone dropped out: the next one rings, or the rest rings on, or nobody is left. */
export function ringOn(registry: CallRegistry, call: Call, origin: End): void {
  if (call.hunt !== null) huntOn(registry, call, { origin, group: call.hunt.group });
  else if (call.targets.length === 0) registry.fail(call, origin, CAUSE.rejected);
  else registry.emitDetail(call);
}

function routeOutside(
  registry: CallRegistry,
  call: Call,
  { origin, number }: { readonly origin: End; readonly number: string },
): void {
  const { directory, identifiers, site, truth } = registry.options;
  const trunk = directory.trunkToOutside();
  if (trunk === null) {
    registry.fail(call, origin, CAUSE.noChannel);
    return;
  }
  const end: End = {
    ...freshEnd(identifiers.trunkEnd(), directory.person(number), 0),
    line: directory.seize(trunk),
    sipCallId: trunk.kind === "sip" ? identifiers.sipCallId(site.address) : null,
    state: STATE.ringing,
    targetNumber: number,
    cli: origin.person.party,
  };
  call.attach(end);
  truth.note(call.conversation, "ringing", number);
  registry.emit(sipStartEvent(call, end));
  registry.emitDetail(call);
}

interface Offer {
  readonly origin: End;
  readonly user: SiteUser;
  readonly group: SiteGroup | null;
}

function newTarget(registry: CallRegistry, { origin, user, group }: Offer): Target {
  const { directory, identifiers } = registry.options;
  return {
    id: identifiers.phoneEnd(),
    person: directory.person(user.extension),
    user,
    calledType: calledType(origin),
    calledReason: group === null ? 0 : REASON_HUNT_GROUP,
    purpose: group?.number ?? "",
    cli: presentedNumber(registry, origin.person),
  };
}

/** The called type of ends that `origin` reaches: internal between users. */
export function calledType(origin: End): number {
  return origin.line === null ? CALLED_INTERNAL : 0;
}

/** The number of somebody as users' phones show it. */
export function presentedNumber(registry: CallRegistry, person: Person): string {
  return person.user === null ? registry.options.directory.prefixed(person.party) : person.party;
}

function ring(registry: CallRegistry, call: Call, targets: Target[]): void {
  call.targets = targets;
  for (const target of targets) {
    registry.options.truth.note(call.conversation, "ringing", target.person.party);
  }
  registry.emitDetail(call);
}
