// The facts service: one office a link, and the recordings that wait to be tied to their calls. Here
// the two streams meet: what the PBX said of a call, and the SIP call that brought its audio (R7).
import { agentSet } from "../calls/agents.ts";
import type { Conversation, ModelCall } from "../calls/call-model.ts";
import { partiesOf, partyLabel } from "../calls/party.ts";
import type { Delta3Record } from "../devlink3/delta3-record.ts";
import type { LinkState } from "../devlink3/link-state.ts";
import type { Link, LinkDelegate } from "../devlink3/link.ts";
import type { Timer } from "../ports/index.ts";
import type { Part } from "../rules/part.ts";
import type { AssociationFacts, RecordingClues } from "../association-facts.ts";
import type { Facts, FactsDelegate, LinkStatus } from "../facts-contract.ts";
import { conversationRow } from "./call-row.ts";
import { Office, type Match, type OfficePorts } from "./office.ts";

/** "Retry the match until 30 s after the end" (devlink3.md §13.6). */
export const LATE_MATCH_MS = 30_000;
/** The IP Office ends a part's SIP call itself; after this we do. */
const STOP_GRACE_MS = 2_000;

export interface FactsOptions {
  readonly links: readonly { readonly pbx: string; readonly scn: boolean }[];
  readonly agents: "all" | readonly string[];
  readonly recordFromBeginning: boolean;
  readonly recorderUriFor: (streamId: string) => string;
  /** "192.0.2.10:5060", for messages. */
  readonly recorderText: string;
}

export interface FactsPorts extends OfficePorts {
  /** server_edition/events.log: one line a record. */
  readonly eventsLog: (line: string) => void;
  readonly makeLink: (index: number, delegate: LinkDelegate) => Link;
}

/** A recording, from its INVITE to its settling. */
interface Entry {
  readonly clues: RecordingClues;
  office: Office | null;
  match: Match | null;
  facts: AssociationFacts | null;
  readonly toldEvents: Set<string>;
  isEnded: boolean;
  blocked: "privacy" | "consent" | null;
  timer: Timer | null;
}

interface Side {
  readonly office: Office;
  readonly link: Link;
}

export class FactsService implements Facts {
  readonly #options: FactsOptions;
  readonly #ports: FactsPorts;
  readonly #delegate: FactsDelegate;
  readonly #sides: readonly Side[];
  readonly #entries = new Map<string, Entry>();
  readonly #nodeHosts = new Set<string>();

  constructor(options: FactsOptions, ports: FactsPorts, delegate: FactsDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#sides = options.links.map((_, index) => this.#createSide(index));
  }

  #createSide(index: number): Side {
    const { pbx = "", scn = false } = this.#options.links[index] ?? {};
    const office = new Office(
      {
        ...this.#options,
        pbx,
        agents: agentSet(this.#options.agents),
        control: () => link.control,
      },
      this.#ports,
      {
        onChanged: () => this.#onChanged(),
        onPartOver: (part, blocked) => this.#onPartOver(part, blocked),
        onPartFailed: (part, why, detail) => {
          const { recorderText: recorder } = this.#options;
          const facts = { pbx, extension: part.extension, recorder, detail };
          this.#delegate.onPartFailed(part, { why, facts });
        },
        onCallOver: (call) => this.#onCallOver(call),
        onConversationEnded: (conversation, parts) => this.#endRow(pbx, conversation, parts),
      },
    );
    const link = this.#ports.makeLink(index, {
      onState: (state) => this.#onState(pbx, state),
      onStreamBegan: () => undefined,
      onSnapshotFinished: () => office.snapshotFinished(),
      onStreamEnded: () => office.streamEnded(),
      onRecord: (record, nodeHost) => {
        this.#logRecord(pbx, record);
        if (scn) this.#seeNode(nodeHost);
        office.record(record);
      },
      onSipTrack: (track) => {
        this.#ports.eventsLog(`${pbx} SIPTrack ${JSON.stringify(track)}`);
        office.sipTrack(track);
      },
      onRecordingStatus: (status) => {
        this.#ports.log.info("recording status", { pbx, ...status });
        office.status(status);
      },
    });
    return { office, link };
  }

  start(): void {
    for (const { link } of this.#sides) link.start();
  }

  async close(): Promise<void> {
    for (const entry of this.#entries.values()) entry.timer?.cancel();
    for (const { office } of this.#sides) office.close();
    await Promise.all(this.#sides.map(({ link }) => link.close()));
  }

  links(): readonly LinkStatus[] {
    return this.#sides.map(({ office, link }) => statusOf(office.pbx, link.state()));
  }

  // -- Recordings ----------------------------------------------------------------------------

  recordingBegan(clues: RecordingClues): void {
    const entry = this.#enter(clues);
    this.#tryMatch(entry);
  }

  recordingResumed(clues: RecordingClues, association: AssociationFacts | null): void {
    const entry = this.#enter(clues);
    if (association === null || association.rung === "orphan") return this.#tryMatch(entry);
    entry.facts = association;
    for (const { office } of this.#sides) office.restore(association, clues.recordingKey);
  }

  restoreConversations(
    known: readonly { callKey: string; deviceCallId: string; part: number }[],
  ): void {
    for (const conversation of known) {
      for (const { office } of this.#sides) office.restoreConversation(conversation);
    }
  }

  recordingEnded(recordingKey: string): void {
    const entry = this.#entries.get(recordingKey);
    if (entry === undefined || entry.isEnded) return;
    entry.isEnded = true;
    entry.timer?.cancel();
    if (entry.facts !== null) return this.#settle(entry);
    if (!this.#mayStillMatch()) return this.#settle(entry);
    entry.timer = this.#ports.clock.setTimer("facts.late", LATE_MATCH_MS, () =>
      this.#settle(entry),
    );
  }

  #enter(clues: RecordingClues): Entry {
    const entry: Entry = {
      clues,
      office: null,
      match: null,
      facts: null,
      toldEvents: new Set(),
      isEnded: false,
      blocked: null,
      timer: null,
    };
    this.#entries.set(clues.recordingKey, entry);
    return entry;
  }

  #mayStillMatch(): boolean {
    return this.#sides.some(({ link }) => {
      const { name } = link.state();
      return name === "streaming" || name === "synchronising";
    });
  }

  #onChanged(): void {
    for (const entry of this.#entries.values()) {
      if (entry.facts === null) this.#tryMatch(entry);
      else this.#tellFinishedEvents(entry);
    }
  }

  #tryMatch(entry: Entry): void {
    const { recordingKey } = entry.clues;
    for (const { office } of this.#sides) {
      const match = office.match(entry.clues);
      if (match === null || this.#isTaken(match.part, recordingKey)) continue;
      const facts = office.factsOf(match);
      entry.office = office;
      entry.match = match;
      entry.facts = entry.isEnded ? { ...facts, late: true } : facts;
      if (match.part !== null) office.recordingCame(match.part, recordingKey);
      this.#delegate.onAssociated(recordingKey, entry.facts);
      this.#tellFinishedEvents(entry);
      if (match.part?.state === "over") this.#stopSoon(entry, 0);
      if (entry.isEnded) this.#settle(entry);
      return;
    }
  }

  /** A part has one recording at a time; a second SIP call for it is somebody else's. */
  #isTaken(part: Part | null, recordingKey: string): boolean {
    const holder = part?.recordingKey ?? null;
    if (holder === null || holder === recordingKey) return false;
    return this.#entries.get(holder)?.isEnded === false;
  }

  #tellFinishedEvents(entry: Entry): void {
    const { office, match } = entry;
    if (office === null || match === null) return;
    const fromMs = match.part === null || match.part.part === 1 ? -Infinity : match.part.beganMs;
    for (const event of office.finishedEvents(match.call, fromMs)) {
      if (entry.toldEvents.has(event.eventId)) continue;
      entry.toldEvents.add(event.eventId);
      this.#delegate.onCallEvent(entry.clues.recordingKey, event);
    }
  }

  #onCallOver(call: ModelCall): void {
    for (const entry of this.#entries.values()) {
      if (entry.match?.call === call) this.#tellFinishedEvents(entry);
    }
  }

  #onPartOver(part: Part, blocked: "privacy" | "consent" | null): void {
    const entry = part.recordingKey === null ? undefined : this.#entries.get(part.recordingKey);
    if (entry === undefined || entry.isEnded) return;
    entry.blocked = blocked;
    this.#stopSoon(entry, blocked === null ? STOP_GRACE_MS : 0);
  }

  #stopSoon(entry: Entry, graceMs: number): void {
    const { recordingKey } = entry.clues;
    entry.timer?.cancel();
    if (graceMs === 0) return this.#delegate.onStopWanted(recordingKey);
    entry.timer = this.#ports.clock.setTimer("facts.stop", graceMs, () =>
      this.#delegate.onStopWanted(recordingKey),
    );
  }

  #settle(entry: Entry): void {
    const { recordingKey, callerUsers } = entry.clues;
    if (!this.#entries.delete(recordingKey)) return;
    entry.timer?.cancel();
    if (entry.facts === null) {
      this.#delegate.onAssociated(recordingKey, orphan(callerUsers));
    } else {
      this.#tellFinishedEvents(entry);
      const { office, match } = entry;
      const running = match === null ? null : (office?.runningEvent(match.call) ?? null);
      if (running !== null && !entry.facts.late) this.#delegate.onCallEvent(recordingKey, running);
    }
    const { blocked } = entry;
    this.#delegate.onSettled(recordingKey, { keep: blocked === null, why: blocked });
  }

  // -- Links ---------------------------------------------------------------------------------

  #onState(pbx: string, state: LinkState): void {
    this.#delegate.onLinkStatus(statusOf(pbx, state));
    // Nothing more can come: who waited for a match settles now.
    if (this.#mayStillMatch()) return;
    for (const entry of this.#entries.values()) {
      if (entry.isEnded && entry.facts === null) this.#settle(entry);
    }
  }

  #seeNode(host: string): void {
    if (this.#nodeHosts.has(host)) return;
    this.#nodeHosts.add(host);
    this.#delegate.onNodeHosts([host]);
  }

  #endRow(pbx: string, conversation: Conversation, parts: readonly Part[]): void {
    const endedWallMs = this.#ports.clock.wallTimeMs();
    this.#delegate.onCallEnded(conversationRow(pbx, conversation, { parts, endedWallMs }));
  }

  #logRecord(pbx: string, record: Delta3Record): void {
    this.#ports.eventsLog(`${pbx} ${JSON.stringify(record)}`);
    if (record.kind === "Detail") {
      const { node, callId } = record.call;
      const parties = partiesOf(record);
      this.#ports.log.info("DevLink event Detail", {
        deviceCallId: `${node}-${callId}`,
        ends: parties.map(({ endId }) => endId),
        parties: parties.map(partyLabel),
      });
    } else if (record.kind !== "unknown") {
      const { kind, node, endId } = record;
      this.#ports.log.info(`DevLink event ${kind}`, { node, endId });
    }
  }
}

function orphan(callerUsers: readonly string[]): AssociationFacts {
  return {
    rung: "orphan",
    callKey: null,
    part: null,
    deviceCallId: null,
    endId: null,
    agent: null,
    extension: null,
    parties: callerUsers,
    liveStreamId: null,
  };
}

function statusOf(pbx: string, state: LinkState): LinkStatus {
  const { name, code, detail, version, build, flags, hasRecordingControl } = state;
  return {
    pbx,
    state: name,
    code: code ?? (name === "streaming" && !hasRecordingControl ? UNAVAILABLE : null),
    detail,
    version,
    build,
    flags,
    recordingControl: hasRecordingControl,
  };
}

const UNAVAILABLE = "RECORDING_CONTROL_UNAVAILABLE";
