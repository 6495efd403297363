// One IP Office as the facts side knows it: its calls, their events, whose part is being recorded,
// and the ladder for SIP calls that come from it. Records go in; news go to the delegate.
import { agentName, type AgentSet } from "../calls/agents.ts";
import { CallEvents } from "../calls/call-events.ts";
import {
  CallModel,
  type CallChange,
  type Conversation,
  type ModelCall,
  type Moment,
} from "../calls/call-model.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Delta3Record, Party, SipTrack } from "../devlink3/delta3-record.ts";
import type { RecordingControl, RecordingStatus } from "../devlink3/recording-control.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Why } from "../outcome.ts";
import type { Clock, Random, Timer } from "../ports/index.ts";
import { Commander } from "../rules/commander.ts";
import type { Part } from "../rules/part.ts";
import { isRecorderLeg, perspectiveOf } from "../rules/perspective.ts";
import { evaluate } from "../rules/rules.ts";
import type { AssociationFacts, RecordingClues, Rung } from "../association-facts.ts";
import { Ladder, PENDING_START_MS } from "./ladder.ts";

const STREAM_ID_LENGTH = 20;
/** 62 of them; with rejection above 247 each is equally likely. */
const STREAM_ID_CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
/** Parts kept for SIP calls that come late, over all calls. */
const PARTS_KEPT = 10_000;

export interface OfficeOptions {
  /** Host as configured. */
  readonly pbx: string;
  readonly agents: AgentSet;
  readonly recordFromBeginning: boolean;
  readonly recorderUriFor: (streamId: string) => string;
  readonly control: () => RecordingControl;
}

export interface OfficePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Logger;
  readonly callCenterLog: Logger;
  readonly metrics: Metrics;
}

export interface OfficeDelegate {
  /** After each record: ladders may be climbed again, events may have finished. */
  onChanged(): void;
  onPartOver(part: Part, blocked: "privacy" | "consent" | null): void;
  onPartFailed(part: Part, why: Why, detail: string): void;
  /** Before the call's events are forgotten. */
  onCallOver(call: ModelCall): void;
  onConversationEnded(conversation: Conversation, parts: readonly Part[]): void;
}

/** Where a SIP call belongs. */
export interface Match {
  readonly rung: Exclude<Rung, "orphan">;
  readonly call: ModelCall;
  /** null: the PBX records an end that is not the perspective's. */
  readonly part: Part | null;
  readonly endId: string;
}

export class Office {
  readonly #options: OfficeOptions;
  readonly #ports: OfficePorts;
  readonly #delegate: OfficeDelegate;
  readonly #model = new CallModel();
  readonly #events = new CallEvents();
  readonly #ladder = new Ladder();
  readonly #commander: Commander;
  readonly #current = new Map<ModelCall, Part>();
  /** By stream id, oldest first. */
  readonly #parts = new Map<string, Part>();
  readonly #restored = new Map<string, { facts: AssociationFacts; recordingKey: string }>();
  #expiry: Timer | null = null;

  constructor(options: OfficeOptions, ports: OfficePorts, delegate: OfficeDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#commander = new Commander(options, ports, {
      onFailed: (part, why, detail) => delegate.onPartFailed(part, why, detail),
    });
  }

  get pbx(): string {
    return this.#options.pbx;
  }

  // -- From the link -------------------------------------------------------------------------

  record(record: Delta3Record): void {
    if (record.kind === "Detail") this.#ladder.detail(record);
    this.#apply(this.#model.apply(record, this.#moment()));
    this.#delegate.onChanged();
  }

  sipTrack(track: SipTrack): void {
    this.#ladder.track(track);
    this.#delegate.onChanged();
  }

  status(status: RecordingStatus): void {
    const part = this.#parts.get(status.streamId);
    if (part === undefined || status.state !== "failed") return;
    this.#commander.sipFailed(part, status.sipStatus, status.reason ?? "");
  }

  streamEnded(): void {
    this.#model.unconfirm();
  }

  snapshotFinished(): void {
    this.#apply(this.#model.dropUnconfirmed());
    this.#restored.clear();
    this.#delegate.onChanged();
  }

  close(): void {
    this.#expiry?.cancel();
    for (const part of this.#parts.values()) part.timer?.cancel();
  }

  // -- For the facts service -----------------------------------------------------------------

  /** A recording of before a restart: its call, once seen, goes on with this part. */
  restore(facts: AssociationFacts, recordingKey: string): void {
    const { callKey, deviceCallId, part } = facts;
    if (callKey === null || deviceCallId === null || part === null) return;
    this.#model.restore({ callKey, deviceCallId, part });
    this.#restored.set(deviceCallId, { facts, recordingKey });
  }

  restoreConversation(known: {
    readonly callKey: string;
    readonly deviceCallId: string;
    readonly part: number;
  }): void {
    this.#model.restore(known);
  }

  match(clues: RecordingClues): Match | null {
    const nowMs = this.#ports.clock.nowMs();
    const hit = this.#ladder.climb(clues, {
      isKnownStream: (streamId) => this.#parts.has(streamId),
      pendingExtensions: () =>
        [...this.#current.values()]
          .filter(({ state, requestedMs }) => isPending(state, nowMs - requestedMs))
          .map(({ extension }) => extension),
    });
    if (hit === null) return null;
    const parts = [...this.#parts.values()];
    if (hit.rung === 1) {
      const part = this.#parts.get(hit.streamId);
      return part === undefined ? null : matchOf(1, part);
    }
    if (hit.rung === 4) {
      const part = parts.findLast(({ extension }) => extension === hit.extension);
      return part === undefined ? null : matchOf(4, part);
    }
    const part = parts.findLast(({ endId }) => endId === hit.endId);
    if (part !== undefined) return matchOf(hit.rung, part);
    const call = this.#model.callOfEnd(hit.endId);
    return call === null ? null : { rung: hit.rung, call, part: null, endId: hit.endId };
  }

  /** A SIP call has been tied to the part. */
  recordingCame(part: Part, recordingKey: string): void {
    part.recordingKey = recordingKey;
    part.failure = null;
    this.#commander.recording(part);
  }

  factsOf(match: Match): AssociationFacts {
    const { rung, call, part, endId } = match;
    const party = partiesOf(call.detail).find((candidate) => candidate.endId === endId);
    return {
      rung,
      callKey: call.conversation.callKey,
      part: part?.part ?? null,
      deviceCallId: call.deviceCallId,
      endId,
      agent: part?.agent ?? (party === undefined ? null : agentName(this.#options.agents, party)),
      extension: part?.extension ?? party?.identity ?? null,
      parties: partiesOf(call.detail).map(partyLabel),
      liveStreamId: part === null || part.requestedMs < 0 ? null : part.liveStreamId,
    };
  }

  finishedEvents(call: ModelCall, fromMs: number) {
    return this.#events.finishedSince(call, fromMs);
  }

  runningEvent(call: ModelCall) {
    return this.#events.running(call, this.#ports.clock.nowMs());
  }

  // -- Changes -------------------------------------------------------------------------------

  #moment(): Moment {
    const { clock } = this.#ports;
    return { nowMs: clock.nowMs(), wallMs: clock.wallTimeMs() };
  }

  #apply(changes: readonly CallChange[]): void {
    const nowMs = this.#ports.clock.nowMs();
    for (const change of changes) this.#react(change, nowMs);
    this.#ports.metrics.set("calls_tracked", this.#model.calls().length);
    this.#scheduleExpiry(nowMs);
  }

  #react(change: CallChange, nowMs: number): void {
    this.#tell(change);
    switch (change.type) {
      case "began":
        return;
      case "partyLeft":
        return this.#events.partyLeft(change.call, change.cause, nowMs);
      case "changed":
        this.#events.changed(change.call, nowMs);
        return this.#look(change.call, nowMs);
      case "ended":
        this.#events.changed(change.call, nowMs);
        this.#endPart(change.call, null);
        this.#delegate.onCallOver(change.call);
        return this.#events.ended(change.call);
      case "conversationEnded":
        return this.#conversationEnded(change.conversation);
    }
  }

  /** Whose perspective it is now, and what follows. */
  #look(call: ModelCall, nowMs: number): void {
    this.#resumeRestored(call, nowMs);
    const current = this.#current.get(call) ?? null;
    const isOurStream = (streamId: string): boolean => this.#parts.has(streamId);
    const { agents } = this.#options;
    const perspective = perspectiveOf(call, current?.endId ?? null, { agents, isOurStream });
    switch (perspective.kind) {
      case "stays":
        return;
      case "blocked":
        return this.#endPart(call, perspective.why);
      case "nobody":
        return this.#endPart(call, null);
      case "agent":
        this.#endPart(call, null);
        return this.#beginPart(call, perspective.party, nowMs);
    }
  }

  #beginPart(call: ModelCall, party: Party, nowMs: number): void {
    if (!evaluate(this.#options, call.conversation).isWanted) return;
    const part = this.#addPart(call, {
      liveStreamId: this.#newStreamId(),
      part: call.conversation.lastPart + 1,
      endId: party.endId,
      agent: agentName(this.#options.agents, party),
      extension: party.identity,
      nowMs,
    });
    this.#commander.start(part);
  }

  #addPart(
    call: ModelCall,
    about: Pick<Part, "liveStreamId" | "part" | "endId" | "agent" | "extension"> & {
      readonly nowMs: number;
    },
  ): Part {
    const { nowMs, ...facts } = about;
    const part: Part = {
      ...facts,
      callKey: call.conversation.callKey,
      deviceCallId: call.deviceCallId,
      pbx: this.#options.pbx,
      call,
      beganMs: nowMs,
      state: "passive",
      recordingKey: null,
      requestedMs: -1,
      retries: 0,
      sipRetries: 0,
      pendingFailure: null,
      failure: null,
      timer: null,
    };
    call.conversation.lastPart = Math.max(call.conversation.lastPart, part.part);
    this.#current.set(call, part);
    this.#parts.set(part.liveStreamId, part);
    if (this.#parts.size > PARTS_KEPT) {
      const [oldest] = this.#parts.keys();
      if (oldest !== undefined) this.#parts.delete(oldest);
    }
    return part;
  }

  /** After a restart: the part that is being recorded already is not begun again. */
  #resumeRestored(call: ModelCall, nowMs: number): void {
    const restored = this.#restored.get(call.deviceCallId);
    if (restored === undefined) return;
    this.#restored.delete(call.deviceCallId);
    const { facts, recordingKey } = restored;
    const { endId, extension, part } = facts;
    if (endId === null || extension === null || part === null || !call.ends.has(endId)) return;
    const resumed = this.#addPart(call, {
      liveStreamId: facts.liveStreamId ?? this.#newStreamId(),
      part,
      endId,
      agent: facts.agent ?? extension,
      extension,
      nowMs,
    });
    if (facts.liveStreamId !== null) resumed.requestedMs = nowMs;
    this.recordingCame(resumed, recordingKey);
  }

  #endPart(call: ModelCall, blocked: "privacy" | "consent" | null): void {
    const part = this.#current.get(call);
    if (part === undefined) return;
    this.#current.delete(call);
    if (blocked !== null) {
      part.pendingFailure = { why: blocked, detail: "" };
      part.failure = { why: blocked, outcome: "blocked" };
    }
    this.#commander.end(part);
    this.#delegate.onPartOver(part, blocked);
  }

  #conversationEnded(conversation: Conversation): void {
    const isOurStream = (streamId: string): boolean => this.#parts.has(streamId);
    // A recording leg is no conversation of people.
    if ([...conversation.calls].some((call) => isRecorderLeg(call, isOurStream))) return;
    const parts = [...this.#parts.values()].filter(
      ({ call }) => call.conversation === conversation,
    );
    this.#delegate.onConversationEnded(conversation, parts);
  }

  #scheduleExpiry(nowMs: number): void {
    const atMs = this.#model.nextExpiryMs();
    this.#expiry?.cancel();
    this.#expiry = null;
    if (atMs === null) return;
    this.#expiry = this.#ports.clock.setTimer("calls.linger", Math.max(0, atMs - nowMs), () => {
      this.#apply(this.#model.expire(this.#ports.clock.nowMs()));
      this.#delegate.onChanged();
    });
  }

  #newStreamId(): string {
    let text = "";
    while (text.length < STREAM_ID_LENGTH) {
      for (const byte of this.#ports.random.bytes(STREAM_ID_LENGTH)) {
        if (byte < STREAM_ID_CHARACTERS.length * 4 && text.length < STREAM_ID_LENGTH) {
          text += STREAM_ID_CHARACTERS[byte % STREAM_ID_CHARACTERS.length] ?? "";
        }
      }
    }
    return text;
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

function matchOf(rung: Match["rung"], part: Part): Match {
  return { rung, call: part.call, part, endId: part.endId };
}

function isPending(state: Part["state"], ageMs: number): boolean {
  return (state === "requested" || state === "accepted") && ageMs <= PENDING_START_MS;
}
