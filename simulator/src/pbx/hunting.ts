// Hunt groups: members ring at once or one after the other, calls wait in a queue when nobody is
// free, and overflow to another group or to voicemail. Functions over the call registry;
// devlink3.md §10 Q8.
import { CAUSE, STATE, TONE } from "../wire/delta3.ts";
import { isTargetOf, type Call, type End } from "./call-state.ts";
import type { CallRegistry } from "./call-registry.ts";
import { newTarget, ring } from "./offering.ts";
import type { SiteGroup } from "./site.ts";
import { takeByVoicemail } from "./voicemail.ts";

/** How long an announcement to those who wait lasts. */
const ANNOUNCEMENT_MS = 5_000;
/** Field 14 of Delta3's Call section. */
const QUEUEING = 1;
const ANNOUNCING = 3;

interface ToGroup {
  readonly origin: End;
  readonly group: SiteGroup;
}

/** Offers the call to the group; its queue, overflow and voicemail begin to count. */
export function routeToGroup(registry: CallRegistry, call: Call, to: ToGroup): void {
  const { origin, group } = to;
  if (call.originalUser === "" && call.originalGroup === "") call.originalGroup = group.number;
  call.currentGroup = group.number;
  call.currentUser = "";
  const { overflow, voicemailSeconds } = group;
  if (overflow !== null) {
    registry.setTimer(call, "overflow", overflow.seconds * 1000, () => {
      overflowTo(registry, call, { origin, group: registry.group(overflow.to) });
    });
  }
  if (voicemailSeconds !== null) {
    registry.setTimer(call, "voicemail", voicemailSeconds * 1000, () => {
      takeByVoicemail(registry, call, { origin, box: group.number });
    });
  }
  offer(registry, call, to);
}

/** The group's members are asked again: a phone became free, or dropped out. */
function offer(registry: CallRegistry, call: Call, { origin, group }: ToGroup): void {
  const free = registry.orderOf(group).filter((member) => isFree(registry, group, member));
  if (free.length === 0) {
    if (group.queue === null) registry.fail(call, origin, CAUSE.busy);
    else wait(registry, call, { origin, group });
    return;
  }
  registry.leaveQueue(call);
  for (const purpose of ["announcement", "music"]) cancel(call, purpose);
  Object.assign(origin, { state: STATE.ringback, tone: TONE.ringback, audioPath: 1 });
  if (!ringsAll(group)) {
    call.hunt = { group, order: registry.orderOf(group), next: 0 };
    huntOn(registry, call, { origin, group });
    return;
  }
  call.hunt = { group, order: group.members, next: 0 };
  const users = free.map((member) => registry.user(member));
  ring(
    registry,
    call,
    users.map((user) => newTarget(registry, { origin, user, group })),
  );
}

/** Rings the next free member, starting over after the last. */
function huntOn(registry: CallRegistry, call: Call, { origin, group }: ToGroup): void {
  const { hunt } = call;
  if (hunt === null) return;
  for (const _ of hunt.order) {
    const member = hunt.order[hunt.next % hunt.order.length] ?? "";
    hunt.next += 1;
    if (!registry.isIdle(member) && !call.targets.some(isTargetOf(member))) continue;
    registry.lastRung.set(group.number, member);
    const user = registry.user(member);
    ring(registry, call, [newTarget(registry, { origin, user, group })]);
    registry.setTimer(call, "hunt", group.ringSeconds * 1000, () => {
      huntOn(registry, call, { origin, group });
    });
    return;
  }
  if (group.queue === null) registry.fail(call, origin, CAUSE.busy);
  else wait(registry, call, { origin, group });
}

/** A phone dropped out: the next one rings, or the rest rings on, or nobody is left. */
export function ringOn(registry: CallRegistry, call: Call, origin: End): void {
  const group = call.hunt?.group ?? null;
  if (group !== null && !ringsAll(group)) huntOn(registry, call, { origin, group });
  else if (call.targets.length > 0) registry.emitDetail(call);
  else if (group !== null && group.queue !== null) wait(registry, call, { origin, group });
  else registry.fail(call, origin, CAUSE.rejected);
}

/** Nobody is free: music, announcements, and a place in the queue. */
function wait(registry: CallRegistry, call: Call, { origin, group }: ToGroup): void {
  const { vcm, truth } = registry.options;
  const { queue } = group;
  if (call.queued !== null || queue === null) return;
  if (queue.skilled && !vcm.take("queued")) {
    registry.fail(call, origin, CAUSE.busy);
    return;
  }
  call.queued = { group, takesVcm: queue.skilled };
  call.targets = [];
  call.hunt = null;
  cancel(call, "hunt");
  Object.assign(call, { ownerGroup: group.number, queue: QUEUEING });
  Object.assign(origin, { state: STATE.connected, tone: TONE.music, audioPath: 1 });
  truth.note(call.conversation, "queued", origin.person.party);
  registry.emitDetail(call);
  if (queue.announcementSeconds === null) return;
  registry.setTimer(call, "announcement", queue.announcementSeconds * 1000, () => {
    announce(registry, call, origin);
  });
}

function announce(registry: CallRegistry, call: Call, origin: End): void {
  call.queue = ANNOUNCING;
  origin.tone = TONE.none;
  registry.emitDetail(call);
  registry.setTimer(call, "music", ANNOUNCEMENT_MS, () => {
    call.queue = QUEUEING;
    origin.tone = TONE.music;
    registry.emitDetail(call);
  });
}

/** Nobody of the group has answered in time: another group rings. */
function overflowTo(
  registry: CallRegistry,
  call: Call,
  { origin, group }: { readonly origin: End; readonly group: SiteGroup | undefined },
): void {
  if (group === undefined) return;
  registry.stopHunt(call);
  call.ownerGroup ||= call.currentGroup;
  call.overflow = 1;
  call.targets = [];
  routeToGroup(registry, call, { origin, group });
}

/** A phone has become free: who waits longest is offered to it. */
export function serveQueues(registry: CallRegistry): void {
  for (const call of registry.live()) {
    const [origin] = call.ends;
    const group = call.queued?.group;
    if (group === undefined || origin === undefined) continue;
    if (!group.members.some((member) => isFree(registry, group, member))) continue;
    offer(registry, call, { origin, group });
  }
}

function ringsAll({ ring }: SiteGroup): boolean {
  return ring === "collective" || ring === "collective-call-waiting";
}

/** With call waiting, a phone that has room for one more call rings though its user talks. */
function isFree(registry: CallRegistry, group: SiteGroup, member: string): boolean {
  return group.ring === "collective-call-waiting"
    ? registry.hasAppearance(registry.user(member))
    : registry.isIdle(member);
}

function cancel(call: Call, purpose: string): void {
  call.timers.get(purpose)?.cancel();
  call.timers.delete(purpose);
}
