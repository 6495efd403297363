// Follows the calls of one IP Office for the rules: keeps each call's steps and what has matched.
// A stage: time comes in with the data. office.ts tells it of changes before it looks whose part
// it is, so that a match is known when the part would begin.
import type { AgentSet } from "../calls/agents.ts";
import { kindOf } from "../calls/call-events.ts";
import {
  attachedDetail,
  type Conversation,
  type ModelCall,
  type Moment,
} from "../calls/model-call.ts";
import type { Metrics } from "../metrics.ts";
import { factsOfKind, stepFactsOf, type CallStep, type StepFacts } from "./call-step.ts";
import { awaitedDurationsMs, missAt } from "./evaluate.ts";
import { isPauseRule, type Rule } from "./rule-schema.ts";
import { newMatches, verdictOf, type RuleMatch, type Verdict } from "./verdict.ts";

/** Steps that one call keeps; the oldest give way, what they matched stays matched. */
export const STEPS_KEPT = 500;

export interface RuleTrackerOptions {
  /** Those in force now. */
  readonly rules: () => readonly Rule[];
  readonly recordFromBeginning: boolean;
}

interface OpenStep {
  readonly facts: StepFacts;
  readonly eventId: string | null;
  readonly atWallMs: number;
  readonly fromMs: number;
  /** null while it goes on. */
  toMs: number | null;
  readonly order: number;
}

interface Track {
  steps: OpenStep[];
  /** Of the rules that are in force, those that have matched by this call. */
  matches: RuleMatch[];
  hasGap: boolean;
}

export class RuleTracker {
  readonly #options: RuleTrackerOptions;
  readonly #metrics: Metrics;
  /** As long as somebody holds the call: recordings that settle late ask for it. */
  readonly #tracks = new WeakMap<ModelCall, Track>();
  #count = 0;
  /** From the loss of a stream to the end of the next snapshot nothing is seen as it happens. */
  #isBlind = true;

  constructor(options: RuleTrackerOptions, metrics: Metrics) {
    this.#options = options;
    this.#metrics = metrics;
  }

  // -- What happens --------------------------------------------------------------------------

  /** The call has changed; what matches by this and did not before. */
  observe(
    call: ModelCall,
    about: { readonly agents: AgentSet; readonly eventId: string | null; readonly moment: Moment },
  ): readonly RuleMatch[] {
    const { agents, eventId, moment } = about;
    const track = this.#trackOf(call);
    const current = track.steps.at(-1);
    const facts = stepFactsOf(call, agents);
    const isSame = current?.toMs === null && facts !== null && sameFacts(current.facts, facts);
    if (isSame) return this.#match(call, moment.nowMs);
    if (current !== undefined) current.toMs ??= moment.nowMs;
    if (facts !== null) this.#add(track, { facts, eventId, moment, toMs: null });
    return this.#match(call, moment.nowMs);
  }

  /** A party has left by transfer: an event without length. */
  transferred(
    call: ModelCall,
    about: { readonly agents: AgentSet; readonly eventId: string | null; readonly moment: Moment },
  ): readonly RuleMatch[] {
    const { agents, eventId, moment } = about;
    const track = this.#trackOf(call);
    const current = track.steps.at(-1);
    // Who talked is who transfers; the party itself has left.
    const facts = current?.facts ?? factsOfKind("transferred", call, agents);
    if (current !== undefined) current.toMs ??= moment.nowMs;
    const toMs = moment.nowMs;
    this.#add(track, { facts: { ...facts, kind: "transferred" }, eventId, moment, toMs });
    return this.#match(call, moment.nowMs);
  }

  /** Events may have lasted long enough for a rule; the conversation's new matches. */
  timePassed(call: ModelCall, nowMs: number): readonly RuleMatch[] {
    return this.#match(call, nowMs);
  }

  streamBegan(): void {
    this.#isBlind = true;
  }

  snapshotFinished(): void {
    this.#isBlind = false;
  }

  streamEnded(calls: Iterable<ModelCall>): void {
    this.#isBlind = true;
    for (const call of calls) this.#trackOf(call).hasGap = true;
  }

  /** Other rules are in force: what matched is found anew from all that the call did. */
  rulesChanged(conversation: Conversation, nowMs: number): void {
    for (const call of conversation.calls) this.#trackOf(call).matches = [];
    for (const call of conversation.calls) {
      this.#matchSteps(call, nowMs, this.#trackOf(call).steps);
    }
  }

  // -- What is known -------------------------------------------------------------------------

  verdictOf(conversation: Conversation): Verdict {
    return verdictOf(this.matchesOf(conversation), {
      rules: this.#options.rules(),
      recordFromBeginning: this.#options.recordFromBeginning,
    });
  }

  /** In the order in which they matched. */
  matchesOf(conversation: Conversation): RuleMatch[] {
    const matches = [...conversation.calls].flatMap(
      (call) => this.#tracks.get(call)?.matches ?? [],
    );
    const seen = new Set<string>();
    return matches
      .sort((one, other) => one.atWallMs - other.atWallMs)
      .filter(({ title }) => !seen.has(title) && seen.add(title));
  }

  /** The rule by which the recordings of the call are paused now: it matches at what goes on. */
  pausingRule(call: ModelCall, nowMs: number): string | null {
    const rules = this.#options.rules().filter(isPauseRule);
    const current = this.#tracks.get(call)?.steps.at(-1);
    if (rules.length === 0 || current === undefined || current.toMs !== null) return null;
    const { conversation } = call;
    const ordered = this.#ordered(conversation);
    const steps = ordered.map((one) => stepOf(one.call, one.step, nowMs));
    const index = ordered.findIndex(({ step }) => step === current);
    const soFar = { callKey: conversation.callKey, steps };
    return rules.find((rule) => missAt(rule, soFar, index) === null)?.title ?? null;
  }

  isGapless(conversation: Conversation): boolean {
    return ![...conversation.calls].some((call) => this.#tracks.get(call)?.hasGap ?? true);
  }

  /** All calls of the conversation, in order of beginning. */
  stepsOf(conversation: Conversation, nowMs: number): CallStep[] {
    return this.#ordered(conversation).map(({ call, step }) => stepOf(call, step, nowMs));
  }

  /** When an event that goes on will have lasted long enough for some rule; null = never. */
  nextDueMs(calls: Iterable<ModelCall>, nowMs: number): number | null {
    const durationsMs = awaitedDurationsMs(this.#options.rules());
    if (durationsMs.length === 0) return null;
    let soonestMs: number | null = null;
    for (const call of calls) {
      const step = this.#tracks.get(call)?.steps.at(-1);
      if (step === undefined || step.toMs !== null) continue;
      const dueMs = durationsMs.map((ms) => step.fromMs + ms).find((ms) => ms > nowMs);
      if (dueMs !== undefined) soonestMs = Math.min(soonestMs ?? Infinity, dueMs);
    }
    return soonestMs;
  }

  // -- Inside --------------------------------------------------------------------------------

  #trackOf(call: ModelCall): Track {
    let track = this.#tracks.get(call);
    if (track === undefined) {
      // A call that a snapshot shows has a past that nobody saw, unless it has just begun: one that
      // rings again has not, after a part that was recorded before a restart or after a transfer.
      const hasPast = !isBeginning(call) || call.conversation.lastPart > 0 || isMoved(call);
      track = { steps: [], matches: [], hasGap: this.#isBlind && hasPast };
      this.#tracks.set(call, track);
    }
    return track;
  }

  #add(
    track: Track,
    made: {
      readonly facts: StepFacts;
      readonly eventId: string | null;
      readonly moment: Moment;
      readonly toMs: number | null;
    },
  ): void {
    const { facts, eventId, moment, toMs } = made;
    const { wallMs: atWallMs, nowMs: fromMs } = moment;
    this.#count += 1;
    track.steps.push({ facts, eventId, atWallMs, fromMs, toMs, order: this.#count });
    if (track.steps.length <= STEPS_KEPT) return;
    track.steps.shift();
    this.#metrics.increment("rule_steps_dropped_total");
  }

  /** The step that goes on, and the one that has just ended: what may have become true now. */
  #match(call: ModelCall, nowMs: number): readonly RuleMatch[] {
    return this.#matchSteps(call, nowMs, this.#trackOf(call).steps.slice(-2));
  }

  #matchSteps(call: ModelCall, nowMs: number, fresh: readonly OpenStep[]): readonly RuleMatch[] {
    const rules = this.#options.rules();
    if (rules.length === 0) return [];
    const { conversation } = call;
    const ordered = this.#ordered(conversation);
    const steps = ordered.map((one) => stepOf(one.call, one.step, nowMs));
    const soFar = { callKey: conversation.callKey, steps };
    const found: RuleMatch[] = [];
    for (const step of fresh) {
      const index = ordered.findIndex((one) => one.step === step);
      const known = [...this.matchesOf(conversation), ...found];
      found.push(...newMatches(rules, soFar, { index, known }));
    }
    this.#trackOf(call).matches.push(...found);
    return found;
  }

  #ordered(conversation: Conversation): { readonly call: ModelCall; readonly step: OpenStep }[] {
    return [...conversation.calls]
      .flatMap((call) => (this.#tracks.get(call)?.steps ?? []).map((step) => ({ call, step })))
      .sort((one, other) => one.step.order - other.step.order);
  }
}

/** Nobody has answered, and it waits in no queue: nothing has happened that rules look at. */
function isBeginning(call: ModelCall): boolean {
  const kind = kindOf(attachedDetail(call));
  return kind === null || kind === "ringing";
}

/** It rings elsewhere than where it was meant for (devlink3.md §8, Call 8 to 11). */
function isMoved({ detail }: ModelCall): boolean {
  const { originalGroup, originalUser, currentGroup, currentUser } = detail.call;
  // A group's call may name the member that rings.
  const isOtherUser = originalUser !== "" && currentUser !== originalUser;
  const isKnown = currentGroup !== "" || currentUser !== "";
  return isKnown && (isOtherUser || currentGroup !== originalGroup);
}

function stepOf(call: ModelCall, step: OpenStep, nowMs: number): CallStep {
  return {
    ...step.facts,
    deviceCallId: call.deviceCallId,
    eventId: step.eventId,
    atWallMs: step.atWallMs,
    durationMs: (step.toMs ?? nowMs) - step.fromMs,
  };
}

function sameFacts(one: StepFacts, other: StepFacts): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
