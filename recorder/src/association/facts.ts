// The facts service: one office a link, and the recordings that wait to be tied to their calls.
// Here the two streams meet: what the PBX said of a call, and the SIP call that brought its audio
// (R7).
import { agentSet } from "../calls/agents.ts";
import type { Conversation, ModelCall } from "../calls/call-model.ts";
import type { LinkState } from "../devlink3/link-state.ts";
import type { Link, LinkDelegate } from "../devlink3/link.ts";
import { HUNT_LIST_FILE, parseHuntList } from "../devlink3/hunt-list.ts";
import { parseUserList, USER_LIST_FILE } from "../devlink3/user-list.ts";
import type { Part } from "../rules/part.ts";
import { isPauseRule, type Rule } from "../rules/rule-schema.ts";
import { keepingOf } from "../rules/verdict.ts";
import type { AssociationFacts, CallEvent, RecordingClues } from "../association-facts.ts";
import type {
  Facts,
  FactsDelegate,
  FinishedPart,
  KnownAgent,
  LinkStatus,
  OfficeLoad,
  RulesVerdict,
} from "../facts-contract.ts";
import { AgentDirectory } from "./agent-directory.ts";
import type { ActiveRecording, FinishedRecording, MonitorLists } from "../recording-monitor.ts";
import { CallMonitor, type MonitoredRecording } from "./call-monitor.ts";
import { conversationRow, lostConversationRow, partRow } from "./call-row.ts";
import { cancelTimers, isComplete, isOver, newEntry, orphanFacts, type Entry } from "./entry.ts";
import { clipEvent, spanOf } from "./event-history.ts";
import { isUp, LinkNews, statusOf } from "./link-news.ts";
import type { Match } from "./match.ts";
import { Office, type ConversationView, type OfficePorts } from "./office.ts";
import { ResumedParts } from "./resumed-parts.ts";
import { userFacts } from "./user-facts.ts";

/** "Retry the match until 30 s after the end" (devlink3.md §13.6). */
export const LATE_MATCH_MS = 30_000;
/** The IP Office ends a part's SIP call itself; after this we do. */
export const STOP_GRACE_MS = 10_000;
/** BYE may overtake the record that tells why (transferred, privacy); so long it is waited for. */
export const LAST_RECORD_MS = 1_000;
/**
 * An event is told this much after its end, or when the recording has ended: only then is it known
 * whether there is audio up to there.
 */
export const EVENT_DELAY_MS = 1_000;

export interface FactsOptions {
  readonly links: readonly { readonly pbx: string; readonly scn: boolean }[];
  readonly agents: "all" | readonly string[];
  readonly recordFromBeginning: boolean;
  /** The rules in force now; `rulesChanged` tells of others. */
  readonly rules: () => readonly Rule[];
  readonly recorderUriFor: (streamId: string) => string;
  /** "192.0.2.10:5060", for messages. */
  readonly recorderText: string;
}

export interface FactsPorts extends OfficePorts {
  /** server_edition/events.log: one line a record. */
  readonly eventsLog: (line: string) => void;
  readonly makeLink: (index: number, delegate: LinkDelegate) => Link;
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
  /** The recordings of a call's parts, so that a record costs no more than what it touches. */
  readonly #byCall = new Map<ModelCall, Set<Entry>>();
  /** Recordings that no rung has tied yet: every record may be the one. */
  readonly #untied = new Set<Entry>();
  #entryCount = 0;
  readonly #nodeHosts = new Set<string>();
  readonly #resumed = new ResumedParts();
  readonly #directory: AgentDirectory;
  readonly #monitor: CallMonitor;
  #isClosed = false;

  constructor(options: FactsOptions, ports: FactsPorts, delegate: FactsDelegate) {
    this.#options = options;
    this.#ports = ports;
    this.#delegate = delegate;
    this.#directory = new AgentDirectory(options.agents);
    this.#monitor = new CallMonitor(ports.clock);
    this.#sides = options.links.map((link, index) => this.#createSide(link, index));
  }

  #createSide({ pbx, scn }: { readonly pbx: string; readonly scn: boolean }, index: number): Side {
    const agents = agentSet(this.#options.agents);
    const office = new Office(
      { ...this.#options, pbx, agents, control: () => link.control },
      this.#ports,
      {
        onChanged: (touched) => this.#onChanged(touched),
        onPartOver: (part) => this.#onPartOver(part),
        onPartFailed: (part, why, detail) => {
          const { recorderText: recorder } = this.#options;
          const facts = { pbx, extension: part.extension, recorder, detail };
          if (why !== "rule") this.#monitor.partFailed(part, why, facts);
          this.#delegate.onPartFailed(part, { why, facts });
        },
        onResumed: (recordingKey, match) => this.#onResumed(office, recordingKey, match),
        onConversationEnded: (view) => {
          this.#monitor.conversationEnded({ ...view, pbx });
          this.#writeRow(pbx, view, { isOpen: false });
        },
      },
    );
    const news = new LinkNews(pbx, this.#ports);
    const link = this.#ports.makeLink(index, {
      onState: (state) => this.#onState(index, pbx, state),
      onStreamBegan: () => {
        office.streamBegan();
        void this.#readUsers({ office, link });
      },
      onSnapshotFinished: () => {
        office.snapshotFinished();
        this.#stopUnseen();
      },
      onStreamEnded: () => office.streamEnded(),
      onRecord: (record, nodeHost) => {
        news.record(record);
        if (scn) this.#seeNode(nodeHost);
        office.record(record);
      },
      onSipTrack: (track) => {
        news.sipTrack(track);
        office.sipTrack(track);
      },
      onRecordingStatus: (status) => {
        const { streamId: liveStreamId, ...said } = status;
        this.#ports.log.info("recording status", { pbx, liveStreamId, ...said });
        office.status(status);
      },
    });
    return { office, link };
  }

  start(): void {
    for (const { link } of this.#sides) link.start();
  }

  /** What goes on without us is written down as open. */
  async close(): Promise<void> {
    this.#isClosed = true;
    for (const { office } of this.#sides) {
      for (const view of office.openConversations()) {
        this.#writeRow(office.pbx, view, { isOpen: true });
      }
      office.close();
    }
    for (const entry of [...this.#entries.values()]) this.#forget(entry);
    await Promise.all(this.#sides.map(({ link }) => link.close()));
  }

  links(): readonly LinkStatus[] {
    return this.#sides.map(({ office, link }) => statusOf(office.pbx, link.state()));
  }

  rulesChanged(): void {
    for (const { office } of this.#sides) office.rulesChanged();
  }

  monitor(active: readonly ActiveRecording[]): MonitorLists {
    const open = this.#sides.flatMap(({ office }) =>
      office.openConversations().map((view) => ({ ...view, pbx: office.pbx })),
    );
    return this.#monitor.lists(active, { open, placeOf: (key) => this.#placeOf(key) });
  }

  recordingFinished(finished: FinishedRecording): void {
    this.#monitor.recordingFinished(finished);
  }

  #placeOf(recordingKey: string): MonitoredRecording | null {
    const entry = this.#entries.get(recordingKey);
    if (entry === undefined) return null;
    const { office, match, clues } = entry;
    const view =
      office === null || match === null
        ? null
        : { ...office.viewOf(conversationOf(match)), pbx: office.pbx };
    return { view, sourceHost: clues.sourceHost };
  }

  // -- Recordings ----------------------------------------------------------------------------

  recordingBegan(clues: RecordingClues): void {
    // Its events follow with the next record: the recording's files are not open yet.
    this.#tryMatch(this.#enter(clues));
  }

  loads(): readonly OfficeLoad[] {
    return this.#sides.map(({ office }) => office.load());
  }

  agents(): Promise<readonly KnownAgent[]> {
    const links = this.#sides.map(({ link }) => link);
    return this.#directory.list(links, this.#ports.clock.nowMs());
  }

  recordingResumed(
    clues: RecordingClues,
    association: AssociationFacts | null,
    endedWallMs: number | null,
  ): void {
    const entry = this.#enter(clues);
    if (association === null || association.rung === "orphan") return this.#tryMatch(entry);
    entry.facts = association;
    entry.endedBeforeMs = endedWallMs === null ? null : this.#monotonic(endedWallMs);
    entry.resumedWallMs = Math.floor(this.#ports.clock.wallTimeMs());
    this.#index(entry);
    this.#resumed.add(clues.recordingKey, association);
    for (const { office } of this.#sides) office.restore(association, clues.recordingKey);
  }

  partsTold(recordingKeys: ReadonlySet<string>): void {
    this.#resumed.told(recordingKeys);
  }

  restoreFinished({ recordingKey, association, endedWallMs }: FinishedPart): void {
    this.#resumed.add(recordingKey, association);
    this.#restoreConversation(association, this.#monotonic(endedWallMs));
  }

  #restoreConversation(association: AssociationFacts, recordedUntilMs: number): void {
    for (const { office } of this.#sides) office.restoreConversation(association, recordedUntilMs);
  }

  /** Both are wall times: the monotonic clock of the process before has ended with it. */
  #monotonic(wallMs: number): number {
    const { clock } = this.#ports;
    return clock.nowMs() - Math.max(0, clock.wallTimeMs() - wallMs);
  }

  recordingEnded(recordingKey: string): void {
    const entry = this.#entries.get(recordingKey);
    if (entry === undefined || entry.endedMs !== null) return;
    entry.endedMs = this.#ports.clock.nowMs();
    const part = entry.match?.part ?? null;
    if (part?.recordingKey === recordingKey) part.recordingEndedMs = entry.endedMs;
    // A call that goes on all the same is recorded anew.
    for (const { office } of this.#sides) office.forgetRestored(recordingKey);
    // Of before a restart, and its call has not been seen yet.
    if (entry.match === null && entry.facts !== null) {
      this.#restoreConversation(entry.facts, entry.endedBeforeMs ?? entry.endedMs);
    }
    if (!this.#mayStillMatch() || isComplete(entry)) return this.#settle(entry);
    cancelTimers(entry);
    const waitMs = entry.facts === null ? LATE_MATCH_MS : LAST_RECORD_MS;
    entry.timer = this.#ports.clock.setTimer("facts.late", waitMs, () => this.#settle(entry));
  }

  #enter(clues: RecordingClues): Entry {
    const entry = newEntry(clues, {
      order: this.#entryCount++,
      beganMs: this.#ports.clock.nowMs(),
    });
    this.#entries.set(clues.recordingKey, entry);
    this.#index(entry);
    return entry;
  }

  #mayStillMatch(): boolean {
    return this.#sides.some(({ link }) => isUp(link.state()));
  }

  #onChanged(touched: ReadonlySet<Conversation> | null): void {
    this.#delegate.onLoadChanged?.();
    const entries = touched === null ? this.#entries.values() : this.#touchedBy(touched);
    for (const entry of [...entries]) if (this.#isOurs(entry)) this.#look(entry);
  }

  /** In the order in which they began. */
  #touchedBy(touched: ReadonlySet<Conversation>): Entry[] {
    const entries = new Set(this.#untied);
    for (const { calls } of touched) {
      for (const call of calls)
        for (const entry of this.#byCall.get(call) ?? []) entries.add(entry);
    }
    return [...entries].sort((one, other) => one.order - other.order);
  }

  #isOurs(entry: Entry): boolean {
    return this.#entries.get(entry.clues.recordingKey) === entry;
  }

  /** What the facts side knows of its call by now. */
  #look(entry: Entry): void {
    // A part may begin for an end that was found first.
    const isOpen = entry.facts === null || (entry.match !== null && entry.match.part === null);
    if (isOpen) this.#tryMatch(entry);
    this.#index(entry);
    this.#tellParties(entry);
    this.#tellRules(entry);
    this.#tellPause(entry);
    if (isComplete(entry)) this.#settle(entry);
    else this.#tellEventsLater(entry);
  }

  /** Who is on the recorded call now; after a transfer that may be another call. */
  #tellParties(entry: Entry): void {
    const { match, office, facts, endedMs } = entry;
    if (match === null || office === null || facts === null || endedMs !== null) return;
    if (isOver(entry)) return;
    const parties = office.partiesOf(match);
    const before = entry.toldParties ?? facts.parties;
    if (parties.length === 0 || parties.join("\n") === before.join("\n")) return;
    entry.toldParties = parties;
    this.#delegate.onPartiesChanged?.(entry.clues.recordingKey, parties);
  }

  /** By the call that was matched, and by the one to which the recorded end has moved. */
  #index(entry: Entry): void {
    const { match, facts } = entry;
    if (facts === null) this.#untied.add(entry);
    else this.#untied.delete(entry);
    if (match === null) return;
    for (const call of [match.call, match.part?.call ?? match.call]) {
      if (entry.indexedBy.has(call)) continue;
      entry.indexedBy.add(call);
      const others = this.#byCall.get(call);
      if (others === undefined) this.#byCall.set(call, new Set([entry]));
      else others.add(entry);
    }
  }

  #forget(entry: Entry): void {
    cancelTimers(entry);
    this.#entries.delete(entry.clues.recordingKey);
    this.#untied.delete(entry);
    for (const call of entry.indexedBy) {
      const others = this.#byCall.get(call);
      others?.delete(entry);
      if (others?.size === 0) this.#byCall.delete(call);
    }
  }

  /** Its files are about to be opened: not within the news that it began. */
  #lookSoon(entry: Entry): void {
    entry.lookTimer?.cancel();
    entry.lookTimer = this.#ports.clock.setTimer("facts.look", 0, () => this.#look(entry));
  }

  #tryMatch(entry: Entry): void {
    const { recordingKey } = entry.clues;
    for (const { office } of this.#sides) {
      const found = office.match(entry);
      if (found === null || this.#isTaken(found.part, recordingKey)) continue;
      if (entry.facts !== null && found.part === null) continue;
      const match = office.recordingCame(found, recordingKey);
      const facts = office.factsOf(match);
      entry.office = office;
      entry.match = match;
      entry.facts = entry.endedMs === null ? facts : { ...facts, late: true };
      this.#index(entry);
      this.#delegate.onAssociated(recordingKey, entry.facts);
      if (entry.endedMs !== null) return this.#settle(entry);
      this.#tellPause(entry);
      this.#lookSoon(entry);
      // Not within the news that it began: who tells has not done so yet.
      if (isOver(entry)) this.#stopSoon(entry, 0);
      return;
    }
  }

  /** A part has one recording at a time; a second SIP call for it is somebody else's. */
  #isTaken(part: Part | null, recordingKey: string): boolean {
    const holder = part?.recordingKey ?? null;
    if (holder === null || holder === recordingKey) return false;
    return this.#entries.get(holder)?.endedMs === null;
  }

  #onResumed(office: Office, recordingKey: string, match: Match): void {
    const entry = this.#entries.get(recordingKey);
    if (entry === undefined) return;
    entry.office = office;
    entry.match = match;
    this.#index(entry);
  }

  #onPartOver(part: Part): void {
    const { recordingKey } = part;
    const entry = recordingKey === null ? this.#onAdopted(part) : this.#entries.get(recordingKey);
    if (entry === undefined || entry.endedMs !== null) return;
    if (part.block === null && !part.isStoppedByRule) this.#stopSoon(entry, STOP_GRACE_MS);
    else this.#delegate.onStopWanted(entry.clues.recordingKey);
  }

  /**
   * A call of before a restart that no snapshot shows, nor a leg of its recording: it ended while
   * there was no process. Its BYE may have been lost with a stream of the process before, and audio
   * that was under way then proves nothing.
   */
  #stopUnseen(): void {
    for (const entry of this.#entries.values()) {
      const { resumedWallMs, match, endedMs, clues } = entry;
      if (resumedWallMs === null || match !== null || endedMs !== null) continue;
      const offices = this.#sides.map(({ office }) => office);
      const own = offices.filter(({ pbx }) => pbx === clues.sourceHost);
      const isUnseen = (office: Office): boolean => office.isShown && office.match(entry) === null;
      if ((own.length === 0 ? offices : own).every(isUnseen)) this.#stopSoon(entry, STOP_GRACE_MS);
    }
  }

  /** A recording of before a restart whose stream the part has taken over, call and all. */
  #onAdopted({ liveStreamId, isAdopted }: Part): Entry | undefined {
    if (!isAdopted) return undefined;
    return [...this.#entries.values()].find(
      ({ resumedWallMs, match, facts }) =>
        resumedWallMs !== null && match === null && facts?.liveStreamId === liveStreamId,
    );
  }

  #stopSoon(entry: Entry, graceMs: number): void {
    entry.timer?.cancel();
    entry.timer = this.#ports.clock.setTimer("facts.stop", graceMs, () =>
      this.#delegate.onStopWanted(entry.clues.recordingKey),
    );
  }

  /** What has finished of the recording's part, and has not been told. */
  #untoldEvents(entry: Entry): CallEvent[] {
    const { office, match, toldEvents } = entry;
    if (office === null || match === null) return [];
    const span = spanOf(match.part, entry.endedMs);
    return office
      .finishedEvents(match)
      .filter(({ eventId }) => !toldEvents.has(eventId))
      .map((event) => clipEvent(event, span))
      .filter((event) => event !== null);
  }

  #tellEventsLater(entry: Entry): void {
    if (entry.endedMs !== null || entry.eventsTimer !== null) return;
    const [first] = this.#untoldEvents(entry);
    if (first === undefined) return;
    entry.eventsTimer = this.#ports.clock.setTimer("facts.events", EVENT_DELAY_MS, () => {
      entry.eventsTimer = null;
      const untilMs = this.#ports.clock.nowMs() - EVENT_DELAY_MS;
      for (const event of this.#untoldEvents(entry)) {
        if (event.toMs <= untilMs) this.#tellEvent(entry, event);
      }
      this.#tellEventsLater(entry);
    });
  }

  #tellEvent(entry: Entry, event: CallEvent): void {
    entry.toldEvents.add(event.eventId);
    // The journal has events of the process before: its numbers come again, its times do not.
    const eventId =
      entry.resumedWallMs === null ? event.eventId : `${event.eventId}-${entry.resumedWallMs}`;
    this.#delegate.onCallEvent(entry.clues.recordingKey, { ...event, eventId });
  }

  #settle(entry: Entry): void {
    const { recordingKey, callerUsers } = entry.clues;
    if (!this.#entries.has(recordingKey)) return;
    const verdict = this.#verdictOf(entry);
    this.#tellRules(entry);
    if (!entry.isUndecided) {
      cancelTimers(entry);
      if (entry.facts === null) {
        this.#delegate.onAssociated(recordingKey, orphanFacts(callerUsers));
      }
      this.#tellLastEvents(entry);
    }
    if (verdict === null) {
      if (!entry.isUndecided) this.#delegate.onUndecided(recordingKey);
      entry.isUndecided = true;
      return;
    }
    this.#forget(entry);
    const part = entry.match?.part ?? null;
    if (part?.recordingKey === recordingKey) part.isRecordingEnded = true;
    this.#delegate.onSettled(recordingKey, verdict);
    if (entry.resumedWallMs !== null && entry.match === null) this.#writeLostRow(entry);
  }

  #tellLastEvents(entry: Entry): void {
    for (const event of this.#untoldEvents(entry)) this.#tellEvent(entry, event);
    const { office, match } = entry;
    const running = match === null ? null : (office?.runningEvent(match) ?? null);
    const span = spanOf(match?.part ?? null, entry.endedMs);
    const rest = running === null ? null : clipEvent(running, span);
    if (rest !== null) this.#tellEvent(entry, rest);
  }

  // -- Rules ---------------------------------------------------------------------------------

  /** Matches that the journal does not have yet. */
  #tellRules(entry: Entry): void {
    const { office, match, toldRules } = entry;
    if (office === null || match === null) return;
    for (const found of office.matchesOf(conversationOf(match))) {
      if (toldRules.has(found.title)) continue;
      toldRules.add(found.title);
      this.#delegate.onRuleMatched(entry.clues.recordingKey, found);
    }
  }

  /** A pause by rule begins and ends with the event at which the rule matches (R21). */
  #tellPause(entry: Entry): void {
    const { office, match, toldPause } = entry;
    if (office === null || match === null || entry.endedMs !== null) return;
    const title = office.pausingRule(match);
    if (title === toldPause) return;
    entry.toldPause = title;
    // Of a recording of before a restart nobody here knows whether it is paused.
    if (title === null && toldPause === undefined && entry.resumedWallMs === null) return;
    this.#delegate.onPauseRule(entry.clues.recordingKey, title);
  }

  /** null = what the call may still do decides. */
  #verdictOf(entry: Entry): RulesVerdict | null {
    const { office, match } = entry;
    const block = match?.part?.block ?? null;
    if (block !== null) return { keep: false, why: block };
    if (office === null || match === null) return this.#verdictOfOrphan();
    const conversation = conversationOf(match);
    const { isFinal, isGapless, ...verdict } = office.verdictOf(conversation);
    const isOver = [...conversation.calls].every(({ isEnded }) => isEnded);
    if (!isFinal && !isOver && this.#mayStillMatch()) return null;
    const keeping = keepingOf(verdict, {
      recordFromBeginning: this.#options.recordFromBeginning,
      isGapless: isGapless && (isFinal || isOver),
      // Without Record From Beginning nothing else asks for a part.
      hasBegunByRule: match.part !== null && match.part.requestedMs >= 0,
    });
    return { ...keeping, rule: verdict.deciding?.title ?? null };
  }

  /** Nobody knows what call it was: rules cannot speak of it. */
  #verdictOfOrphan(): RulesVerdict {
    const { rules, recordFromBeginning } = this.#options;
    if (rules().some((rule) => !isPauseRule(rule))) return { keep: true, why: "rules-unproven" };
    return recordFromBeginning ? { keep: true, why: null } : { keep: false, why: "rule" };
  }

  verdictAtShutdown(recordingKey: string): RulesVerdict {
    const entry = this.#entries.get(recordingKey);
    if (entry === undefined) return { keep: true, why: null };
    this.#tellRules(entry);
    const verdict = this.#verdictOf(entry);
    if (verdict !== null) return verdict;
    const { match, office } = entry;
    const rules = match === null ? undefined : office?.verdictOf(conversationOf(match));
    // The call would have gone on: what it would have matched nobody knows.
    return rules?.isWanted === true
      ? { keep: true, why: null, rule: rules.deciding?.title ?? null }
      : { keep: true, why: "rules-unproven" };
  }

  // -- Links ---------------------------------------------------------------------------------

  #onState(index: number, pbx: string, state: LinkState): void {
    this.#delegate.onLinkStatus(statusOf(pbx, state), index);
    // Nothing more can come: who waited for a match settles now.
    if (this.#isClosed || this.#mayStillMatch()) return;
    for (const entry of this.#entries.values()) {
      if (entry.endedMs !== null) this.#settle(entry);
    }
  }

  #seeNode(host: string): void {
    if (this.#nodeHosts.has(host)) return;
    this.#nodeHosts.add(host);
    this.#delegate.onNodeHosts([host]);
  }

  /** Names come from the PBX's user list; agents may be configured by them, or by their groups. */
  async #readUsers({ office, link }: Side): Promise<void> {
    const { agents } = this.#options;
    const userFile = await link.readFile(USER_LIST_FILE);
    if (userFile === null || this.#isClosed) return;
    const users = parseUserList(userFile);
    // What the first list says need not wait for the second.
    office.setAgents(agentSet(agents, userFacts(users, [])));
    this.#tellNames(office);
    if (agents === "all") return;
    const huntFile = await link.readFile(HUNT_LIST_FILE);
    if (huntFile === null || this.#isClosed) return;
    office.setAgents(agentSet(agents, userFacts(users, parseHuntList(huntFile))));
  }

  /** Recordings that were associated before their agent had a name are told it. */
  #tellNames(office: Office): void {
    for (const entry of this.#entries.values()) {
      const { facts, match } = entry;
      if (entry.office !== office || facts === null || !match?.part) continue;
      if (facts.agent === match.part.agent) continue;
      entry.facts = { ...facts, agent: match.part.agent };
      this.#delegate.onAssociated(entry.clues.recordingKey, entry.facts);
    }
  }

  // -- Rows ----------------------------------------------------------------------------------

  #writeRow(pbx: string, view: ConversationView, { isOpen }: { readonly isOpen: boolean }): void {
    const { conversation, calls, rules } = view;
    const { callKey } = conversation;
    const own = view.parts.map((part) => partRow(part, callKey));
    const parts = [...this.#resumed.without(callKey, own), ...own];
    const isOver = !isOpen || calls.every(({ ends }) => ends.size === 0);
    const endedWallMs = isOver ? this.#ports.clock.wallTimeMs() : null;
    this.#delegate.onCallEnded(
      conversationRow(conversation, { pbx, calls, parts, rules, endedWallMs }),
    );
    this.#resumed.forget(callKey);
  }

  /** The PBX has not shown the call since the restart: what the journal knew of it. */
  #writeLostRow({ facts, clues }: Entry): void {
    const callKey = facts?.callKey ?? null;
    if (facts === null || callKey === null || this.#resumed.isTold(callKey)) return;
    const parts = this.#resumed.without(callKey, []);
    const row = lostConversationRow(callKey, { pbx: clues.sourceHost, known: facts, parts });
    this.#delegate.onCallEnded(row);
  }
}

/** The recorded end may have moved to another call. */
function conversationOf({ call, part }: Match): Conversation {
  return (part?.call ?? call).conversation;
}
