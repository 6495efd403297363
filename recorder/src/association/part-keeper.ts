// Whose part it is: begins, moves and ends the parts of one IP Office's calls as the perspective
// changes (R22; design.md §5, "Agents, perspective, parts"), also across a restart. office.ts tells
// it which call has changed; the commander asks the PBX.
import { agentName, type AgentSet } from "../calls/agents.ts";
import type { CallModel, Conversation, ModelCall } from "../calls/call-model.ts";
import { attachedParties } from "../calls/model-call.ts";
import { isConference } from "../calls/party.ts";
import type { Party } from "../devlink3/delta3-record.ts";
import type { Clock, Random } from "../ports/index.ts";
import type { Commander } from "../rules/commander.ts";
import { newPart, type Block, type Part } from "../rules/part.ts";
import { isRecorderLeg, perspectiveOf, type Perspective } from "../rules/perspective.ts";
import { evaluate } from "../rules/rules.ts";
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
}

export class PartKeeper {
  readonly #options: PartKeeperOptions;
  readonly #ports: { readonly clock: Clock; readonly random: Random };
  readonly #model: CallModel;
  readonly #book: PartBook;
  readonly #commander: Commander;
  readonly #delegate: PartKeeperDelegate;
  /** By deviceCallId: recordings of before a restart whose call has not been seen yet. */
  readonly #restored = new Map<string, RestoredRecording>();
  /** Calls that must not be recorded now, with the end for which that has been noted. */
  readonly #blockedEnds = new Map<ModelCall, string>();
  #agents: AgentSet;

  constructor(
    options: PartKeeperOptions,
    ports: { readonly clock: Clock; readonly random: Random },
    about: OfficeState & { readonly delegate: PartKeeperDelegate },
  ) {
    this.#options = options;
    this.#ports = ports;
    this.#model = about.model;
    this.#book = about.book;
    this.#commander = about.commander;
    this.#delegate = about.delegate;
    this.#agents = options.agents;
  }

  get agents(): AgentSet {
    return this.#agents;
  }

  setAgents(agents: AgentSet): void {
    this.#agents = agents;
    for (const call of this.#model.calls()) this.look(call);
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

  /** A SIP call has been tied to the match's part, if it has one. */
  recordingCame({ part, streamId }: Match, recordingKey: string): void {
    if (part === null) return;
    if (streamId !== null && streamId !== part.liveStreamId) {
      this.#book.adopt(part, streamId);
      part.requestedMs = Math.max(part.requestedMs, 0);
    }
    part.recordingKey = recordingKey;
    part.isRecordingEnded = false;
    if (part.endedMs === null) this.#commander.recording(part);
    else if (part.block === null) part.failure = null;
  }

  callEnded(call: ModelCall): void {
    this.#blockedEnds.delete(call);
    this.#endPart(call, null);
  }

  readonly isOurStream = (streamId: string): boolean => this.#book.ofStream(streamId) !== null;

  /** Whose perspective it is now, and what follows. */
  look(call: ModelCall): void {
    this.#resumeRestored(call);
    this.#followEnd(call);
    const current = this.#book.currentOf(call);
    const perspective = perspectiveOf(call, current, {
      agents: this.#agents,
      isOurStream: this.isOurStream,
    });
    if (perspective.kind !== "blocked") this.#blockedEnds.delete(call);
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
        if (!this.#isHeardElsewhere(call)) this.#beginPart(call, perspective.party);
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

  /** Each member of a conference has a call of its own (Q6), and all hear the same. */
  #isHeardElsewhere(call: ModelCall): boolean {
    return (
      isInConference(call) &&
      [...call.conversation.calls].some((other) => {
        const part = other === call ? null : this.#book.currentOf(other);
        return part !== null && part.state !== "failed" && isInConference(other);
      })
    );
  }

  #blocked(call: ModelCall, { block, party }: Perspective & { readonly kind: "blocked" }): void {
    const current = this.#book.currentOf(call);
    if (current !== null) {
      this.#blockedEnds.set(call, current.endId);
      return this.#endPart(call, block);
    }
    if (party === null || this.#blockedEnds.get(call) === party.endId) return;
    this.#blockedEnds.set(call, party.endId);
    // A part that never began: it has its number, and its line in calls.jsonl.
    if (!this.#isWanted(call)) return;
    this.#addPart(call, this.#partAt(call, party));
    this.#endPart(call, block);
  }

  #isWanted(call: ModelCall): boolean {
    return evaluate(this.#options, call.conversation).isWanted;
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
    if (isInConference(call) || call.isEnded) this.#lookAtConference(call.conversation);
  }

  /** Who records a conference has left it: the next member's agent does. */
  #lookAtConference(conversation: Conversation): void {
    for (const call of conversation.calls) {
      const isIdle = !call.isEnded && this.#book.currentOf(call) === null;
      if (isIdle && isInConference(call)) this.look(call);
    }
  }
}

function isInConference(call: ModelCall): boolean {
  return attachedParties(call).some(isConference);
}
