// One IP Office as the facts side knows it: its calls, whose part is being recorded, and the ladder
// for SIP calls that come from it. Records go in; news go to the delegate.
import { agentName, type AgentSet } from "../calls/agents.ts";
import {
  CallModel,
  type CallChange,
  type Conversation,
  type ModelCall,
  type Moment,
} from "../calls/call-model.ts";
import { isConference, isEnding, partiesOf, partyLabel } from "../calls/party.ts";
import type { Delta3Record, SipTrack } from "../devlink3/delta3-record.ts";
import type { RecordingControl, RecordingStatus } from "../devlink3/recording-control.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Why } from "../outcome.ts";
import type { Clock, Random, Timer } from "../ports/index.ts";
import { Commander } from "../rules/commander.ts";
import { gapFields } from "../rules/part-gap.ts";
import type { Part } from "../rules/part.ts";
import type { Rule } from "../rules/rule-schema.ts";
import { RuleTracker } from "../rules/rule-tracker.ts";
import type { RuleMatch, Verdict } from "../rules/verdict.ts";
import { isRecorderLeg } from "../rules/perspective.ts";
import type { AssociationFacts, CallEvent, RecordingClues } from "../association-facts.ts";
import { kindOf } from "../calls/call-events.ts";
import { companionsOf } from "../calls/companions.ts";
import { attachedDetail, attachedParties } from "../calls/model-call.ts";
import type { OfficeLoad } from "../facts-contract.ts";
import { isUnrecorded, UNRECORDED_PARTS_LIMIT, unrecordedPart } from "./call-row.ts";
import { EventHistory } from "./event-history.ts";
import { Ladder } from "./ladder.ts";
import { findMatch, type Match } from "./match.ts";
import { PartBook } from "./part-book.ts";
import { PartKeeper, type PartKeeperDelegate, type PartKeeperOptions } from "./part-keeper.ts";
import type { RuleReport } from "./rule-fields.ts";

/** devlink3.md §8.5. */
const TRANSFER_CAUSE = 126;

const NO_CONVERSATIONS: ReadonlySet<Conversation> = new Set();

export interface OfficeOptions extends PartKeeperOptions {
  readonly recorderUriFor: (streamId: string) => string;
  readonly control: () => RecordingControl;
  /** The rules in force now. */
  readonly rules: () => readonly Rule[];
}

export interface OfficePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly callCenterLog: Logger;
  readonly metrics: Metrics;
}

export interface OfficeDelegate extends PartKeeperDelegate {
  /**
   * After each record: ladders may be climbed again, events of these conversations may have
   * finished; null = of any.
   */
  onChanged(touched: ReadonlySet<Conversation> | null): void;
  onPartFailed(part: Part, why: Why, detail: string): void;
  onConversationEnded(ended: ConversationView): void;
}

/** A conversation with what belongs into its row. */
export interface ConversationView {
  readonly conversation: Conversation;
  /** Without recording legs. */
  readonly calls: readonly ModelCall[];
  readonly parts: readonly Part[];
  readonly rules: RuleReport;
}

export class Office {
  readonly #options: OfficeOptions;
  readonly #ports: OfficePorts;
  readonly #delegate: OfficeDelegate;
  readonly #model = new CallModel();
  readonly #history = new EventHistory();
  readonly #ladder = new Ladder();
  readonly #book = new PartBook();
  readonly #commander: Commander;
  readonly #keeper: PartKeeper;
  readonly #rules: RuleTracker;
  #ruleDue: Timer | null = null;
  #streamBeganMs = 0;
  #isShown = false;
  #expiry: Timer | null = null;

  constructor(options: OfficeOptions, ports: OfficePorts, delegate: OfficeDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#commander = new Commander(options, ports, {
      onFailed: (part, why, detail) => delegate.onPartFailed(part, why, detail),
      onAdopted: (part, streamId) => this.#book.adopt(part, streamId),
    });
    this.#rules = new RuleTracker(options, ports.metrics);
    const state = {
      model: this.#model,
      book: this.#book,
      commander: this.#commander,
      rules: this.#rules,
    };
    this.#keeper = new PartKeeper(options, ports, { ...state, delegate });
  }

  get pbx(): string {
    return this.#options.pbx;
  }

  /** The snapshot is complete: what it did not show is over. */
  get isShown(): boolean {
    return this.#isShown;
  }

  // -- From the link -------------------------------------------------------------------------

  streamBegan(): void {
    this.#streamBeganMs = this.#ports.clock.nowMs();
    this.#rules.streamBegan();
  }

  record(record: Delta3Record): void {
    if (record.kind === "Detail") this.#ladder.detail(record);
    this.#delegate.onChanged(this.#apply(this.#model.apply(record, this.#moment())));
  }

  sipTrack(track: SipTrack): void {
    this.#ladder.track(track);
    this.#delegate.onChanged(NO_CONVERSATIONS);
  }

  status(status: RecordingStatus): void {
    this.#commander.status(this.#book.ofStream(status.streamId), status);
  }

  streamEnded(): void {
    this.#isShown = false;
    this.#model.unconfirm();
    this.#rules.streamEnded(this.#model.calls());
  }

  snapshotFinished(): void {
    this.#isShown = true;
    this.#apply(this.#model.dropUnconfirmed());
    this.#rules.snapshotFinished();
    this.#keeper.forgetRestored();
    this.#commander.reconcile(() => this.#book.current(), this.#streamBeganMs);
    this.#delegate.onChanged(null);
  }

  /** The PBX's list of users is known (or known anew): others may be agents now. */
  setAgents(agents: AgentSet): void {
    this.#keeper.setAgents(agents);
    this.#delegate.onChanged(null);
  }

  /** Other rules are in force: they judge the calls that go on from their beginning. */
  rulesChanged(): void {
    const { nowMs } = this.#moment();
    const calls = this.#model.calls();
    for (const { conversation } of calls) this.#rules.rulesChanged(conversation, nowMs);
    for (const call of calls) this.#keeper.look(call);
    this.#scheduleRules(nowMs);
    this.#delegate.onChanged(null);
  }

  close(): void {
    this.#expiry?.cancel();
    this.#ruleDue?.cancel();
    for (const part of this.#book.all()) part.timer?.cancel();
  }

  // -- For the facts service -----------------------------------------------------------------

  /** A recording of before a restart: its call, once seen, goes on with this part. */
  restore(facts: AssociationFacts, recordingKey: string): void {
    const { callKey, deviceCallId, part } = facts;
    if (callKey === null || deviceCallId === null || part === null) return;
    this.#model.restore({ callKey, deviceCallId, part, recordedUntilMs: null });
    this.#keeper.restore(deviceCallId, part, { facts, recordingKey });
  }

  /** It has ended before its call was seen. */
  forgetRestored(recordingKey: string): void {
    this.#keeper.forgetRestored(recordingKey);
  }

  /** The recording of this part has ended; its conversation, once seen, goes on with the next. */
  restoreConversation(
    { callKey, deviceCallId, part }: AssociationFacts,
    recordedUntilMs: number,
  ): void {
    if (callKey === null || deviceCallId === null || part === null) return;
    this.#model.restore({ callKey, deviceCallId, part, recordedUntilMs });
  }

  /** `beganMs`: when the INVITE came. */
  match({
    clues,
    beganMs,
  }: {
    readonly clues: RecordingClues;
    readonly beganMs: number;
  }): Match | null {
    const nowMs = this.#ports.clock.nowMs();
    const known = { ladder: this.#ladder, book: this.#book, model: this.#model };
    return findMatch(clues, { ...known, beganMs, nowMs });
  }

  /** A SIP call has been tied to the match's part, if it has one: to the one that is returned. */
  recordingCame(match: Match, recordingKey: string): Match {
    return this.#keeper.recordingCame(match, recordingKey);
  }

  factsOf(match: Match): AssociationFacts {
    const { rung, call, part, endId } = match;
    const party = partiesOf(call.detail).find((candidate) => candidate.endId === endId);
    const asked = part === null || part.requestedMs < 0 ? null : part.liveStreamId;
    return {
      rung,
      callKey: part?.callKey ?? call.conversation.callKey,
      part: part?.part ?? null,
      deviceCallId: call.deviceCallId,
      endId,
      agent: part?.agent ?? (party === undefined ? null : agentName(this.#keeper.agents, party)),
      extension: part?.extension ?? party?.identity ?? null,
      parties: partiesOf(call.detail).map(partyLabel),
      liveStreamId: match.streamId ?? asked,
      ...(part === null ? {} : { ...gapFields(part), ...this.#unrecordedBefore(part) }),
    };
  }

  /** What a crash would forget: these parts stand in no journal but in that of a later one. */
  #unrecordedBefore(part: Part): Pick<AssociationFacts, "unrecorded"> {
    if (part.part === 1) return {};
    const unrecorded = this.#book
      .ofConversation(part.call.conversation)
      .filter((other) => other.part < part.part && isUnrecorded(other))
      .slice(-UNRECORDED_PARTS_LIMIT)
      .map(unrecordedPart);
    return unrecorded.length === 0 ? {} : { unrecorded };
  }

  /** Who is heard on the call of the match's end now, the others of a conference among them. */
  partiesOf({ call, part }: Match): readonly string[] {
    const present = part?.call ?? call;
    const parties = [present, ...companionsOf(present)].flatMap(attachedParties);
    const people = parties.filter((party) => !isEnding(party) && !isConference(party));
    return [...new Set(people.map(partyLabel))];
  }

  /** Events of the match's call, and of the one to which its end has moved, by their beginning. */
  finishedEvents({ call, part }: Match): CallEvent[] {
    const calls = new Set([call, part?.call ?? call]);
    const events = [...calls].flatMap((one) => this.#history.finished(one));
    return events.sort((one, other) => one.fromMs - other.fromMs);
  }

  runningEvent({ call, part }: Match): CallEvent | null {
    return this.#history.running(part?.call ?? call, this.#ports.clock.nowMs());
  }

  /** Calls of people and what is recorded of them now (R16). */
  load(): OfficeLoad {
    const calls = this.#model
      .calls()
      .filter((call) => call.ends.size > 0 && !isRecorderLeg(call, this.#keeper.isOurStream));
    const queued = calls.filter((call) => kindOf(attachedDetail(call)) === "queued").length;
    const recordings = this.#book.current().filter(({ state }) => state === "recording").length;
    return { pbx: this.pbx, calls: calls.length - queued, queued, recordings };
  }

  /** Conversations of people that are not over, with their parts. */
  openConversations(): ConversationView[] {
    const open = new Set(this.#model.calls().map(({ conversation }) => conversation));
    return [...open].map((one) => this.viewOf(one)).filter(({ calls }) => calls.length > 0);
  }

  /** A recording leg is no call of people: a conversation of legs alone has no row. */
  viewOf(conversation: Conversation): ConversationView {
    const calls = [...conversation.calls].filter(
      (call) => !isRecorderLeg(call, this.#keeper.isOurStream),
    );
    const { nowMs } = this.#moment();
    const { isGapless, ...verdict } = this.verdictOf(conversation);
    const rules: RuleReport = {
      verdict,
      isGapless,
      matches: this.#rules.matchesOf(conversation),
      steps: this.#rules.stepsOf(conversation, nowMs),
      recordFromBeginning: this.#options.recordFromBeginning,
    };
    return { conversation, calls, parts: this.#book.ofConversation(conversation), rules };
  }

  /** The rules' verdict on a conversation as far as it has come. */
  verdictOf(conversation: Conversation): Verdict & { readonly isGapless: boolean } {
    const isGapless = this.#rules.isGapless(conversation);
    return { ...this.#rules.verdictOf(conversation), isGapless };
  }

  /** Title of the rule by which recordings of the match's call are paused now. */
  pausingRule({ call, part }: Match): string | null {
    return this.#rules.pausingRule(part?.call ?? call, this.#ports.clock.nowMs());
  }

  matchesOf(conversation: Conversation): RuleMatch[] {
    return this.#rules.matchesOf(conversation);
  }

  // -- Changes -------------------------------------------------------------------------------

  #moment(): Moment {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), wallMs: clock.wallTimeMs() };
  }

  /** The conversations that have changed. */
  #apply(changes: readonly CallChange[]): ReadonlySet<Conversation> {
    const nowMs = this.#ports.clock.nowMs();
    for (const change of changes) this.#react(change, nowMs);
    this.#ports.metrics.set("calls_tracked", this.#model.calls().length);
    this.#scheduleExpiry(nowMs);
    this.#scheduleRules(nowMs);
    return new Set(changes.map(conversationOf));
  }

  #react(change: CallChange, nowMs: number): void {
    this.#tell(change);
    switch (change.type) {
      case "began":
        return;
      case "partyLeft":
        this.#history.partyLeft(change.call, change.cause, nowMs);
        if (change.cause === TRANSFER_CAUSE) this.#judge(change.call, "transferred");
        return;
      case "changed":
        this.#history.changed(change.call, nowMs);
        this.#judge(change.call, "changed");
        return this.#keeper.look(change.call);
      case "ended":
        this.#judge(change.call, "changed");
        this.#history.ended(change.call, nowMs);
        return this.#keeper.callEnded(change.call);
      case "conversationEnded":
        return this.#conversationEnded(change.conversation);
    }
  }

  #conversationEnded(conversation: Conversation): void {
    const view = this.viewOf(conversation);
    if (view.calls.length > 0) this.#delegate.onConversationEnded(view);
  }

  /** The rules look before the parts do: a call is wanted, or not, from this change on. */
  #judge(call: ModelCall, what: "changed" | "transferred"): void {
    if (isRecorderLeg(call, this.#keeper.isOurStream)) return;
    const moment = this.#moment();
    const eventId = this.#history.running(call, moment.nowMs)?.eventId ?? null;
    const about = { agents: this.#keeper.agents, eventId, moment };
    const found =
      what === "changed" ? this.#rules.observe(call, about) : this.#rules.transferred(call, about);
    if (found.length > 0) this.#matched(call);
  }

  /** Calls of one conversation are wanted together. */
  #matched({ conversation }: ModelCall): void {
    for (const call of conversation.calls) if (!call.isEnded) this.#keeper.look(call);
  }

  #scheduleRules(nowMs: number): void {
    const dueMs = this.#rules.nextDueMs(this.#model.calls(), nowMs);
    this.#ruleDue?.cancel();
    this.#ruleDue = null;
    if (dueMs === null) return;
    this.#ruleDue = this.#ports.clock.setTimer("rules.due", Math.max(0, dueMs - nowMs), () => {
      const { nowMs: atMs } = this.#moment();
      for (const call of this.#model.calls()) {
        if (this.#rules.timePassed(call, atMs).length > 0) this.#matched(call);
      }
      this.#scheduleRules(atMs);
      this.#delegate.onChanged(null);
    });
  }

  #scheduleExpiry(nowMs: number): void {
    const atMs = this.#model.nextExpiryMs();
    this.#expiry?.cancel();
    this.#expiry = null;
    if (atMs === null) return;
    this.#expiry = this.#ports.clock.setTimer("calls.linger", Math.max(0, atMs - nowMs), () => {
      const changes = this.#model.expire(this.#ports.clock.nowMs());
      this.#delegate.onChanged(this.#apply(changes));
    });
  }

  #tell(change: CallChange): void {
    if (change.type === "conversationEnded") {
      const { callKey } = change.conversation;
      this.#ports.callCenterLog.info("conversation ended", { callKey });
      return;
    }
    const { deviceCallId, conversation, detail, ends } = change.call;
    this.#ports.callCenterLog.info(`call ${change.type}`, {
      deviceCallId,
      callKey: conversation.callKey,
      ends: [...ends],
      parties: partiesOf(detail).map(partyLabel),
      ...(change.type === "partyLeft" ? { endId: change.endId, cause: change.cause } : {}),
    });
  }
}

function conversationOf(change: CallChange): Conversation {
  return change.type === "conversationEnded" ? change.conversation : change.call.conversation;
}
