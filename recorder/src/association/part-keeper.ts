// Whose part it is: begins, moves and ends the parts of one IP Office's calls as the perspective
// changes (R22; design.md §5, "Agents, perspective, parts"), also across a restart. office.ts tells
// it which call has changed; the commander asks the PBX.
import { agentName, type AgentSet } from "../calls/agents.ts";
import type { CallModel, ModelCall } from "../calls/call-model.ts";
import { companionsOf, isAlone, isEarlierIn, isInConference } from "../calls/companions.ts";
import { attachedParties } from "../calls/model-call.ts";
import { partiesOf } from "../calls/party.ts";
import type { Party } from "../devlink3/delta3-record.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock, Random } from "../ports/index.ts";
import type { Commander } from "../rules/commander.ts";
import { gapBefore } from "../rules/part-gap.ts";
import { newPart, nextAttempt, type Block, type Part } from "../rules/part.ts";
import { isRecorderLeg, perspectiveOf, type Perspective } from "../rules/perspective.ts";
import type { RuleTracker } from "../rules/rule-tracker.ts";
import type { AssociationFacts } from "../association-facts.ts";
import type { Match } from "./match.ts";
import type { PartBook } from "./part-book.ts";
import { newStreamId } from "./stream-id.ts";

export interface PartKeeperOptions {
  /** Host as configured. */
  readonly pbx: string;
  readonly agents: AgentSet;
  readonly recordFromBeginning: boolean;
}

export interface PartKeeperPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly metrics: Metrics;
}

export interface PartKeeperDelegate {
  onPartOver(part: Part): void;
  /** A recording of before a restart has found its call. */
  onResumed(recordingKey: string, match: Match): void;
}

/** A recording that goes on, with what its journal says of it. */
export interface RestoredRecording {
  readonly facts: AssociationFacts;
  readonly recordingKey: string;
}

/** What one office's classes share. */
export interface OfficeState {
  readonly model: CallModel;
  readonly book: PartBook;
  readonly commander: Commander;
  readonly rules: RuleTracker;
}

export class PartKeeper {
  readonly #options: PartKeeperOptions;
  readonly #ports: PartKeeperPorts;
  readonly #model: CallModel;
  readonly #book: PartBook;
  readonly #commander: Commander;
  readonly #rules: RuleTracker;
  readonly #delegate: PartKeeperDelegate;
  /** By deviceCallId: recordings of before a restart whose call has not been seen yet. */
  readonly #restored = new Map<string, RestoredRecording>();
  /** Calls that must not be recorded now, with the end for which that has been noted. */
  readonly #blockedEnds = new Map<ModelCall, string>();
  #agents: AgentSet;

  constructor(
    options: PartKeeperOptions,
    ports: PartKeeperPorts,
    about: OfficeState & { readonly delegate: PartKeeperDelegate },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#model = about.model;
    this.#book = about.book;
    this.#commander = about.commander;
    this.#rules = about.rules;
    this.#delegate = about.delegate;
    this.#agents = options.agents;
  }

  get agents(): AgentSet {
    return this.#agents;
  }

  setAgents(agents: AgentSet): void {
    this.#agents = agents;
    for (const part of this.#book.current()) this.#nameAgent(part);
    for (const call of this.#model.calls()) this.look(call);
  }

  /** A part that began before the user list came knows its agent by extension only. */
  #nameAgent(part: Part): void {
    const party = partiesOf(part.call.detail).find(({ endId }) => endId === part.endId);
    if (party !== undefined && part.agent === part.extension) {
      part.agent = agentName(this.#agents, party);
    }
  }

  /** A recording of before a restart: its call, once seen, goes on with this part. */
  restore(deviceCallId: string, part: number, known: RestoredRecording): void {
    const before = this.#restored.get(deviceCallId)?.facts.part ?? 0;
    if (part >= before) this.#restored.set(deviceCallId, known);
  }

  /** One recording, or all: the snapshot is complete, what it did not show is over. */
  forgetRestored(recordingKey?: string): void {
    for (const [deviceCallId, known] of this.#restored) {
      const isMeant = recordingKey === undefined || known.recordingKey === recordingKey;
      if (isMeant) this.#restored.delete(deviceCallId);
    }
  }

  /** A SIP call has been tied to the match's part, if it has one: to the one that is returned. */
  recordingCame(match: Match, recordingKey: string): Match {
    if (match.part === null) return match;
    const part = this.#partFor(match.part, recordingKey);
    const { streamId } = match;
    if (streamId !== null && streamId !== part.liveStreamId) {
      this.#book.adopt(part, streamId);
      part.requestedMs = Math.max(part.requestedMs, 0);
    }
    part.recordingKey = recordingKey;
    part.isRecordingEnded = false;
    this.#measureGap(part);
    if (part.endedMs === null) this.#commander.recording(part);
    else if (part.block === null) part.failure = null;
    return part === match.part ? match : { ...match, part };
  }

  /** No two recordings share a number: where one was given up, the next attempt is a next part. */
  #partFor(part: Part, recordingKey: string): Part {
    const before = part.recordingKey ?? part.givenUpKey;
    if (before === null || before === recordingKey) return part;
    const { conversation } = part.call;
    const next = nextAttempt(part, conversation.lastPart + 1);
    conversation.lastPart = next.part;
    const isCurrent = this.#book.currentOf(part.call) === part;
    this.#book.add(next);
    if (isCurrent) this.#book.begin(next);
    part.timer?.cancel();
    part.recordingKey = before;
    part.endedMs ??= this.#ports.clock.nowMs();
    part.state = "over";
    part.failure = null;
    return next;
  }

  /** What lies between the part before and the first SIP call of this one (R22). */
  #measureGap(part: Part): void {
    if (part.recordingBeganMs !== null) return;
    const { metrics, clock } = this.#ports;
    part.recordingBeganMs = clock.nowMs();
    const { conversation } = part.call;
    const others = this.#book.ofConversation(conversation);
    part.gapMs = gapBefore(part, others, conversation.recordedUntilMs);
    metrics.increment("part_missed_milliseconds_total", part.recordingBeganMs - part.beganMs);
    if (part.gapMs === null) return;
    metrics.increment("part_gaps_total");
    metrics.increment("part_gap_milliseconds_total", part.gapMs);
  }

  callEnded(call: ModelCall): void {
    this.#blockedEnds.delete(call);
    this.#endPart(call, null);
  }

  readonly isOurStream = (streamId: string): boolean => this.#book.ofStream(streamId) !== null;

  /** Whose perspective it is now, and what follows: for the call, and for who is heard with it. */
  look(call: ModelCall): void {
    this.#lookAt(call);
    for (const other of companionsOf(call)) {
      this.#lookAt(other);
    }
  }

  #lookAt(call: ModelCall): void {
    this.#resumeRestored(call);
    this.#followEnd(call);
    const current = this.#book.currentOf(call);
    const perspective = perspectiveOf(call, current, {
      agents: this.#agents,
      isOurStream: this.isOurStream,
      others: companionsOf(call).flatMap(attachedParties),
    });
    if (perspective.kind !== "blocked") this.#blockedEnds.delete(call);
    if (this.#isRefused(call)) return this.#refuse(call);
    switch (perspective.kind) {
      case "stays":
        return;
      case "returns":
        return this.#returned(call, perspective.party);
      case "blocked":
        return this.#blocked(call, perspective);
      case "nobody":
        return this.#endPart(call, null);
      case "agent":
        this.#endPart(call, null);
        if (!isAlone(call) && !this.#isHeardElsewhere(call, perspective.party)) {
          this.#beginPart(call, perspective.party);
        }
    }
  }

  /** "Recorded end moves: recording continues" (devlink3.md §13.5), and so does the part. */
  #followEnd(call: ModelCall): void {
    const part = this.#book.currentOf(call);
    if (part === null || call.ends.has(part.endId)) return;
    const target = this.#model
      .calls()
      .find(({ node, ends }) => node === call.node && ends.has(part.endId));
    if (target === undefined || isRecorderLeg(target, this.isOurStream)) return;
    // "Consultation calls are calls of their own": what is joined to an older call ends here.
    if (part.callKey !== target.conversation.callKey) return;
    if (this.#book.currentOf(target) === null) this.#book.move(part, target);
  }

  /** Unparked by the same agent: the recording goes on, if there still is one. */
  #returned(call: ModelCall, party: Party): void {
    const part = this.#book.currentOf(call);
    if (part !== null && part.state !== "failed" && !part.isRecordingEnded) {
      return this.#book.changeEnd(part, party.endId);
    }
    this.#endPart(call, null);
    this.#beginPart(call, party);
  }

  /** A companion is being recorded, or has an agent who was there first. */
  #isHeardElsewhere(call: ModelCall, party: Party): boolean {
    return companionsOf(call).some((other) => {
      const part = this.#book.currentOf(other);
      if (part !== null && part.state !== "failed") return true;
      return part === null && isEarlierIn(other, { call, party, agents: this.#agents });
    });
  }

  #blocked(call: ModelCall, { block, party }: Perspective & { readonly kind: "blocked" }): void {
    const current = this.#book.currentOf(call);
    if (current !== null) {
      this.#blockedEnds.set(call, current.endId);
      return this.#endPart(call, block);
    }
    if (party === null || isAlone(call) || this.#blockedEnds.get(call) === party.endId) return;
    this.#blockedEnds.set(call, party.endId);
    // Who is heard with it has been noted, or is being recorded and will be: one row for all.
    const isNoted = (other: ModelCall): boolean =>
      this.#blockedEnds.has(other) || this.#book.currentOf(other) !== null;
    if (companionsOf(call).some(isNoted)) return;
    // A part that never began: it has its number, and its line in calls.jsonl.
    if (!this.#isWanted(call)) return;
    this.#addPart(call, this.#partAt(call, party));
    this.#endPart(call, block);
  }

  /** "On: start at answer. Off: start at the first match." (design.md §5) */
  #isWanted({ conversation }: ModelCall): boolean {
    return this.#options.recordFromBeginning || this.#rules.verdictOf(conversation).isWanted;
  }

  /** "Off: … a later negative match stops and discards." On, the end decides. */
  #isRefused({ conversation }: ModelCall): boolean {
    if (this.#options.recordFromBeginning) return false;
    return this.#rules.verdictOf(conversation).decision === "negative";
  }

  #refuse(call: ModelCall): void {
    const part = this.#book.currentOf(call);
    if (part === null) return;
    if (part.state !== "failed" && !part.isRecordingEnded) {
      part.isStoppedByRule = true;
      part.pendingFailure = { why: "rule", detail: "" };
    }
    this.#endPart(call, null);
  }

  #beginPart(call: ModelCall, party: Party): void {
    if (this.#isWanted(call)) this.#commander.start(this.#addPart(call, this.#partAt(call, party)));
  }

  /** The next part of the call's conversation. */
  #partAt(call: ModelCall, party: Party) {
    return {
      liveStreamId: newStreamId(this.#ports.random),
      part: call.conversation.lastPart + 1,
      endId: party.endId,
      agent: agentName(this.#agents, party),
      extension: party.identity,
    };
  }

  #addPart(
    call: ModelCall,
    about: Pick<Part, "liveStreamId" | "part" | "endId" | "agent" | "extension">,
  ): Part {
    const part = newPart({
      ...about,
      callKey: call.conversation.callKey,
      deviceCallId: call.deviceCallId,
      pbx: this.#options.pbx,
      call,
      beganMs: this.#ports.clock.nowMs(),
    });
    call.conversation.lastPart = Math.max(call.conversation.lastPart, part.part);
    this.#book.add(part);
    this.#book.begin(part);
    return part;
  }

  /** After a restart: the part that is being recorded already is not begun again. */
  #resumeRestored(call: ModelCall): void {
    const restored = this.#restored.get(call.deviceCallId);
    if (restored === undefined) return;
    this.#restored.delete(call.deviceCallId);
    const { facts, recordingKey } = restored;
    const { endId, extension, part, liveStreamId, rung } = facts;
    if (endId === null || extension === null || part === null || rung === "orphan") return;
    // If the agent has left since, what follows in `look` ends the part.
    const resumed = this.#addPart(call, {
      liveStreamId: liveStreamId ?? newStreamId(this.#ports.random),
      part,
      endId,
      agent: facts.agent ?? extension,
      extension,
    });
    resumed.recordingBeganMs = resumed.beganMs + (facts.missedMs ?? 0);
    resumed.gapMs = facts.gapMs ?? null;
    if (liveStreamId !== null) resumed.requestedMs = this.#ports.clock.nowMs();
    const match = { rung, call, part: resumed, endId, streamId: liveStreamId };
    this.recordingCame(match, recordingKey);
    this.#delegate.onResumed(recordingKey, match);
  }

  #endPart(call: ModelCall, block: Block | null): void {
    const part = this.#book.currentOf(call);
    if (part === null) return;
    this.#book.end(part);
    part.endedMs = this.#ports.clock.nowMs();
    if (block !== null && part.state !== "failed" && !part.isRecordingEnded) {
      part.block = block;
      part.pendingFailure = { why: block, detail: "" };
      if (part.state === "recording") part.failure = { why: block, outcome: "blocked" };
    }
    this.#commander.end(part);
    this.#delegate.onPartOver(part);
    if (block === null) this.#lookAtCompanions(call);
  }

  /** Who recorded a conference, or one node's view of a call, has left: the next agent does. */
  #lookAtCompanions(ended: ModelCall): void {
    for (const call of ended.conversation.calls) {
      if (call === ended || call.isEnded || this.#book.currentOf(call) !== null) continue;
      if (isInConference(call) || call.node !== ended.node) this.#lookAt(call);
    }
  }
}
