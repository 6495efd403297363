// How a call is offered to phones: targets and their ringing. Below routing.ts and hunting.ts.
import type { Call, End, Person, Target } from "./call-state.ts";
import type { CallRegistry } from "./call-registry.ts";
import type { SiteGroup, SiteUser } from "./site.ts";

/** Called type and reason of Delta3 as far as they occur here. */
const CALLED_INTERNAL = 101;
const REASON_HUNT_GROUP = 4;

export interface Offer {
  readonly origin: End;
  readonly user: SiteUser;
  readonly group: SiteGroup | null;
}

export function newTarget(registry: CallRegistry, { origin, user, group }: Offer): Target {
  const { directory, identifiers } = registry.options;
  const person = directory.person(user.extension);
  return {
    id: identifiers.phoneEnd(registry.nodeOf(person)),
    person,
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

export function ring(registry: CallRegistry, call: Call, targets: Target[]): void {
  call.targets = targets;
  for (const target of targets) {
    registry.options.truth.note(call.conversation, "ringing", target.person.party);
  }
  registry.emitDetail(call);
}
