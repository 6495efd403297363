// What people did, read from the records of an IP Office: a party that is connected has answered,
// one whose audio path is cut holds, an end that is lost with the cause "transfer" has transferred.
// The steps make the simulated IP Office say the same records again.  devlink3.md §8, §10.
import type { DetailRecord, LoggedRecord, LostRecord, Party } from "@tapeline/recorder";
import type { SwarmStep } from "@tapeline/simulator/people";

const PHONES: ReadonlySet<number | null> = new Set([8, 9, 10]);
const LINES: ReadonlySet<number | null> = new Set([2, 4, 5]);
const [SIP_TRUNK, PARK_SLOT, RECORDING_HANDLER] = [5, 16, 19];
/** Voicemail, park slot, conference: nobody calls them, calls are brought there. */
const RESOURCES: ReadonlySet<number | null> = new Set([12, 16, 17]);
const CONNECTED = 2;
const CAUSE = { parked: 117, unparked: 118, pickup: 119, transfer: 126, conference: 127 } as const;
const FLAG_PRIVACY = 1;
/** Outside numbers are called with a 9 before them. */
const OUTSIDE = "9";
const UNKNOWN_SLOT = "1";
/** A hold and the consultation that it is for come at once. */
const AT_ONCE_MS = 50;

export interface SiteFacts {
  /** Extension → name. */
  readonly users: Map<string, string>;
  /** Group by name → the extensions that it rang. */
  readonly groups: Map<string, Set<string>>;
  /** Groups in which somebody waited, by name. */
  readonly queues: Set<string>;
  /** What callers dialled → extension or group name. */
  readonly ddi: Map<string, string>;
  /** Of the lines that were seen first. */
  trunkKind: "sip" | "isdn";
}

export interface RecordedSteps extends SiteFacts {
  readonly steps: readonly SwarmStep[];
}

interface Call {
  readonly caller: string;
  readonly connected: Set<string>;
  readonly holding: Set<string>;
  slot: string | null;
  /** Somebody has transferred it, and who gets it is not known yet. */
  transferredBy: { readonly who: string; readonly step: number } | null;
  isOver: boolean;
}

type Step = { -readonly [Field in keyof SwarmStep]: SwarmStep[Field] };

/** `originMs`: wall time of the beginning. */
export function stepsOfRecords(records: readonly LoggedRecord[], originMs: number): RecordedSteps {
  const reading = new Reading(originMs);
  for (const { wallTimeMs, record } of records) {
    if (record.kind === "Detail") reading.detail(record, wallTimeMs);
    else if (record.kind === "CallLost") reading.lost(record, wallTimeMs);
    else if (record.kind === "AttemptReject") reading.step(wallTimeMs, record.user, "rejects");
  }
  const { users, groups, queues, ddi, trunkKind } = reading;
  const steps = reading.steps.filter(({ what, with: other }) => what !== "calls" || other !== "");
  return { steps, users, groups, queues, ddi, trunkKind };
}

class Reading implements SiteFacts {
  readonly steps: Step[] = [];
  readonly users = new Map<string, string>();
  readonly groups = new Map<string, Set<string>>();
  readonly queues = new Set<string>();
  readonly ddi = new Map<string, string>();
  trunkKind: "sip" | "isdn" = "sip";
  readonly #originMs: number;
  readonly #calls = new Map<string, Call>();
  /** End → who it is, and its call. */
  readonly #ends = new Map<string, { readonly who: string; callKey: string }>();
  readonly #private = new Set<string>();
  /** Who has just taken a call out of a slot or from another phone. */
  #moved: typeof CAUSE.unparked | typeof CAUSE.pickup | null = null;

  constructor(originMs: number) {
    this.#originMs = originMs;
  }

  step(wallTimeMs: number, who: string, what: SwarmStep["what"], other?: string): number {
    const atMs = Math.max(0, Math.round(wallTimeMs - this.#originMs));
    this.steps.push({ atMs, who, what, ...(other === undefined ? {} : { with: other }) });
    return this.steps.length - 1;
  }

  detail(detail: DetailRecord, atMs: number): void {
    const parties = [detail.partyA, detail.partyB].filter((party) => party !== null);
    if (parties.some(({ equipmentClass }) => equipmentClass === RECORDING_HANDLER)) return;
    const key = `${detail.call.node}-${detail.call.callId}`;
    this.#meet(detail, parties);
    const call = this.#calls.get(key) ?? this.#begin(detail, { key, parties, atMs });
    this.#transferredTo(call, detail);
    for (const party of parties) this.#party(call, party, { key, atMs });
    const slot = parties.find(({ equipmentClass }) => equipmentClass === PARK_SLOT);
    if (slot === undefined) return;
    call.slot = slot.description || slot.identity || UNKNOWN_SLOT;
    // Told after the end of who parked it.
    const parks = this.steps.findLast(({ what }) => what === "parks in");
    if (parks?.with === UNKNOWN_SLOT) parks.with = call.slot;
  }

  lost({ endId, cause, isClearedByDevice }: LostRecord, atMs: number): void {
    if (cause === CAUSE.unparked || cause === CAUSE.pickup) this.#takenOver(cause, atMs);
    const end = this.#ends.get(endId);
    const call = end === undefined ? undefined : this.#calls.get(end.callKey);
    if (end === undefined || call === undefined) return;
    this.#ends.delete(endId);
    call.connected.delete(end.who);
    if (cause === CAUSE.transfer) this.#transfers(call, end.who, atMs);
    else if (cause === CAUSE.parked) this.step(atMs, end.who, "parks in", UNKNOWN_SLOT);
    else if (cause === CAUSE.conference) this.#confers(call, end.who, atMs);
    else if (!call.isOver && isClearedByDevice && cause !== CAUSE.unparked) {
      call.isOver = true;
      this.step(atMs, end.who, "hangs up");
    }
  }

  /** Who there is. */
  #meet({ call, targets }: DetailRecord, parties: readonly Party[]): void {
    for (const { equipmentClass, identity, name } of parties) {
      if (PHONES.has(equipmentClass) && identity !== "") {
        this.users.set(identity, name || (this.users.get(identity) ?? ""));
      }
    }
    const rung = targets.filter(({ equipmentClass }) => PHONES.has(equipmentClass));
    for (const { identity } of rung) {
      if (!this.users.has(identity)) this.users.set(identity, "");
    }
    const group = call.currentGroup || call.originalGroup;
    if (group === "") return;
    const members = this.groups.get(group) ?? new Set();
    for (const { identity } of rung) members.add(identity);
    this.groups.set(group, members);
    if (call.queue !== null) this.queues.add(group);
  }

  #begin(
    { call: { originalGroup, originalUser }, partyB, targets }: DetailRecord,
    about: { readonly key: string; readonly parties: readonly Party[]; readonly atMs: number },
  ): Call {
    const [first] = about.parties;
    const caller = first === undefined ? "" : whoIs(first);
    const outside =
      partyB !== null && LINES.has(partyB.equipmentClass) ? OUTSIDE + whoIs(partyB) : "";
    const other = partyB === null || outside !== "" ? "" : whoIs(partyB);
    const called = first === undefined ? "" : first.targetNumber || first.dialled;
    const target = originalGroup || originalUser || outside || other || called;
    const call: Call = {
      ...{ caller, connected: new Set<string>(), holding: new Set<string>() },
      ...{ slot: null, transferredBy: null, isOver: false },
    };
    this.#calls.set(about.key, call);
    if (first !== undefined && first.did !== "" && originalGroup + originalUser !== "") {
      this.ddi.set(first.did, originalGroup || originalUser);
      this.trunkKind = first.equipmentClass === SIP_TRUNK ? "sip" : "isdn";
    }
    const to = target === "" ? (targets[0]?.identity ?? "") : target;
    const isResource = about.parties.some(({ equipmentClass }) => RESOURCES.has(equipmentClass));
    if (!isResource) this.#calling(caller, to, about.atMs);
    return call;
  }

  #calling(caller: string, to: string, wallTimeMs: number): void {
    if (caller === "") return;
    const last = this.steps.at(-1);
    const holds = [...this.#calls.values()].some(({ holding }) => holding.has(caller));
    const isFresh =
      last?.who === caller &&
      last.what === "holds" &&
      wallTimeMs - this.#originMs - last.atMs <= AT_ONCE_MS;
    // The consultation holds by itself.
    if (isFresh) this.steps.pop();
    this.step(wallTimeMs, caller, holds ? "consults" : "calls", to);
  }

  #party(call: Call, party: Party, about: { readonly key: string; readonly atMs: number }): void {
    const who = whoIs(party);
    const isPerson = PHONES.has(party.equipmentClass) || LINES.has(party.equipmentClass);
    if (who === "" || !isPerson) return;
    const known = this.#ends.get(party.endId);
    if (known === undefined) this.#ends.set(party.endId, { who, callKey: about.key });
    else known.callKey = about.key;
    this.#privacy(party, who, about.atMs);
    if (party.state !== CONNECTED) return;
    if (!call.connected.has(who)) this.#connected(call, { who, party, atMs: about.atMs });
    if (!PHONES.has(party.equipmentClass)) return;
    const isHolding = party.audioPath === 0;
    if (isHolding === call.holding.has(who)) return;
    if (isHolding) call.holding.add(who);
    else call.holding.delete(who);
    this.step(about.atMs, who, isHolding ? "holds" : "retrieves");
  }

  #connected(
    call: Call,
    { who, party, atMs }: { readonly who: string; readonly party: Party; readonly atMs: number },
  ): void {
    const isElsewhere = [...this.#calls.values()].some(({ connected }) => connected.has(who));
    call.connected.add(who);
    if (this.#moved === CAUSE.unparked && PHONES.has(party.equipmentClass)) {
      this.#moved = null;
      this.step(atMs, who, "unparks", this.#slot());
      return;
    }
    // Who was on another call has not answered: that call was transferred, or joined with others.
    if (who === call.caller || isElsewhere) return;
    this.#moved = null;
    this.step(atMs, who, "answers");
  }

  #privacy({ flags }: Party, who: string, atMs: number): void {
    const isPrivate = (flags & FLAG_PRIVACY) !== 0;
    if (isPrivate === this.#private.has(who)) return;
    if (isPrivate) this.#private.add(who);
    else this.#private.delete(who);
    this.step(atMs, who, isPrivate ? "is private" : "is not private");
  }

  /** The record of who has it now may come before this one or after it. */
  #takenOver(cause: typeof CAUSE.unparked | typeof CAUSE.pickup, wallTimeMs: number): void {
    const last = this.steps.at(-1);
    const isFresh = last !== undefined && wallTimeMs - this.#originMs - last.atMs <= AT_ONCE_MS;
    if (cause === CAUSE.unparked && isFresh && last.what === "answers") {
      last.what = "unparks";
      last.with = this.#slot();
    } else if (!isFresh || last.what !== "unparks") this.#moved = cause;
  }

  /** In which a call waits. */
  #slot(): string {
    return [...this.#calls.values()].findLast(({ slot }) => slot !== null)?.slot ?? UNKNOWN_SLOT;
  }

  /** With two calls it joins them, with one it sends it on. */
  #transfers(call: Call, who: string, atMs: number): void {
    const hasOther = [...this.#ends.values()].some((end) => end.who === who);
    const last = this.steps.at(-1);
    if (last?.who === who && last.what === "completes") return;
    call.holding.delete(who);
    if (hasOther) {
      this.step(atMs, who, "completes");
      return;
    }
    call.transferredBy = { who, step: this.step(atMs, who, "transfers to", "") };
  }

  #transferredTo(call: Call, { targets, call: { currentGroup, currentUser } }: DetailRecord): void {
    const { transferredBy } = call;
    const to = currentGroup || targets[0]?.identity || currentUser;
    const step = transferredBy === null ? undefined : this.steps[transferredBy.step];
    if (step === undefined || to === "" || to === transferredBy?.who) return;
    step.with = to;
    call.transferredBy = null;
  }

  #confers(call: Call, who: string, atMs: number): void {
    const joins = [...this.#calls.values()].find(({ holding }) => holding.size > 0);
    const [agent = who] = joins?.holding ?? [];
    const last = this.steps.at(-1);
    if (last?.who === agent && last.what === "confers") return;
    for (const each of this.#calls.values()) each.holding.delete(agent);
    call.isOver = true;
    this.step(atMs, agent, "confers");
  }
}

/** Extension, or the number outside. */
function whoIs({ equipmentClass, identity, direction, cli, targetNumber, dialled }: Party): string {
  if (PHONES.has(equipmentClass)) return identity;
  if (!LINES.has(equipmentClass)) return "";
  return direction === 1 ? cli : targetNumber || dialled || cli;
}
