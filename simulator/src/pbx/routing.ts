// Where a call goes: it rings a phone, a hunt group (hunting.ts), or somebody outside by a trunk.
// Functions over the call registry; devlink3.md §10 Q1, Q2.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { sipStartEvent } from "./call-records.ts";
import type { Call, End } from "./call-state.ts";
import { freshEnd } from "./call-state.ts";
import type { CallRegistry } from "./call-registry.ts";
import type { Destination } from "./directory.ts";
import { routeToGroup } from "./hunting.ts";
import { newTarget, ring } from "./offering.ts";
import type { SiteUser } from "./site.ts";
import { takeByVoicemail } from "./voicemail.ts";

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
  const { extension, voicemailSeconds } = user;
  const toVoicemail = (): void => takeByVoicemail(registry, call, { origin, box: extension });
  if (!registry.hasAppearance(user)) {
    if (voicemailSeconds === null) registry.fail(call, origin, CAUSE.busy);
    else toVoicemail();
    return;
  }
  ring(registry, call, [newTarget(registry, { origin, user, group: null })]);
  if (voicemailSeconds === null) return;
  registry.setTimer(call, "voicemail", voicemailSeconds * 1000, toVoicemail);
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
