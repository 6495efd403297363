// A facts service with links that the test speaks through, a clock that moves by advance() only,
// and a delegate that writes down what it is told, in one line each.
import assert from "node:assert/strict";
import type { AssociationFacts, CallEvent, RecordingClues } from "../../src/association-facts.ts";
import { FactsService, type FactsOptions } from "../../src/association/facts.ts";
import type { Delta3Record, SipTrack } from "../../src/devlink3/delta3-record.ts";
import type { LinkState } from "../../src/devlink3/link-state.ts";
import type { Link, LinkDelegate } from "../../src/devlink3/link.ts";
import type { RecordingStatus } from "../../src/devlink3/recording-control.ts";
import type {
  FactsDelegate,
  LinkStatus,
  RuleMatchFacts,
  WantedPart,
} from "../../src/facts-contract.ts";
import type { Rule } from "../../src/rules/rule-schema.ts";
import { Metrics } from "../../src/metrics.ts";
import type { Why } from "../../src/outcome.ts";
import type { Random } from "../../src/ports/index.ts";
import { FakeClock, RecordingLog } from "../devlink3/fakes.ts";
import { FakeControl } from "./fake-control.ts";

export const DOWN: LinkState = {
  name: "waiting",
  code: null,
  detail: null,
  version: null,
  build: "unknown",
  flags: null,
  hasRecordingControl: false,
};

export class FakeLink implements Link {
  readonly pbx = "192.168.10.1:50797";
  readonly control = new FakeControl();
  readonly #delegate: LinkDelegate;
  #state: LinkState = DOWN;
  #epoch = 0;
  isStarted = false;
  isClosed = false;
  /** Content of nasystem/user_list; null = the PBX has none. */
  userList: string | null = null;
  readonly filesRead: string[] = [];

  constructor(delegate: LinkDelegate) {
    this.#delegate = delegate;
  }

  start(): void {
    this.isStarted = true;
  }

  async close(): Promise<void> {
    this.isClosed = true;
    this.goDown();
  }

  state(): LinkState {
    return this.#state;
  }

  async readFile(name: string): Promise<Uint8Array | null> {
    this.filesRead.push(name);
    return this.userList === null ? null : new TextEncoder().encode(this.userList);
  }

  /** A stream begins; its snapshot is `records`, complete unless the test goes on by itself. */
  comeUp(records: readonly Delta3Record[] = [], { finish = true } = {}): void {
    this.control.isAvailable = this.hasControl;
    this.#tellState("synchronising");
    this.#delegate.onStreamBegan(++this.#epoch);
    this.tell(...records);
    if (finish) this.finishSnapshot();
  }

  hasControl = true;

  finishSnapshot(): void {
    this.#tellState("streaming");
    this.#delegate.onSnapshotFinished();
  }

  goDown(): void {
    if (this.#state.name === "waiting") return;
    this.control.lose();
    this.#delegate.onStreamEnded();
    this.#tellState("waiting");
  }

  tell(...records: readonly Delta3Record[]): void {
    for (const record of records) this.#delegate.onRecord(record, "192.168.10.1");
  }

  tellFrom(nodeHost: string, record: Delta3Record): void {
    this.#delegate.onRecord(record, nodeHost);
  }

  track(track: SipTrack): void {
    this.#delegate.onSipTrack(track);
  }

  status(status: RecordingStatus): void {
    this.#delegate.onRecordingStatus(status);
  }

  #tellState(name: LinkState["name"]): void {
    this.#state = { ...this.#state, name, hasRecordingControl: this.control.isAvailable };
    this.#delegate.onState(this.#state);
  }
}

/** Different bytes at each call. */
export function countingRandom(): Random {
  let count = 0;
  return {
    bytes(length) {
      const bytes = new Uint8Array(length);
      count += 1;
      bytes[0] = count;
      return bytes;
    },
    uuid: () => assert.fail("no UUID is needed here"),
  };
}

export class Told implements FactsDelegate {
  /** Everything, in order, in words. */
  readonly lines: string[] = [];
  readonly associations = new Map<string, AssociationFacts[]>();
  readonly events = new Map<string, CallEvent[]>();
  readonly verdicts = new Map<string, { readonly keep: boolean; readonly why: Why | null }>();
  readonly failures: { readonly part: WantedPart; readonly why: Why; readonly facts: unknown }[] =
    [];
  readonly rows: Readonly<Record<string, unknown>>[] = [];
  readonly nodeHosts: string[] = [];
  readonly statuses: LinkStatus[] = [];
  /** Recording and title of the rule that pauses it, "-" for none. */
  readonly pauses: string[] = [];
  /** Recording and who is on its call now. */
  readonly partyNews: string[] = [];
  /** How often calls, queued calls or recordings may have become more or fewer. */
  loadChanges = 0;

  onAssociated(recordingKey: string, facts: AssociationFacts): void {
    assert.ok(!this.verdicts.has(recordingKey), "never after onSettled");
    this.lines.push(`${recordingKey} rung ${facts.rung} part ${facts.part ?? "none"}`);
    this.associations.set(recordingKey, [...(this.associations.get(recordingKey) ?? []), facts]);
  }

  onPartiesChanged(recordingKey: string, parties: readonly string[]): void {
    this.partyNews.push(`${recordingKey} ${parties.join(" ")}`);
  }

  onLoadChanged(): void {
    this.loadChanges += 1;
  }

  onCallEvent(recordingKey: string, event: CallEvent): void {
    assert.ok(!this.verdicts.has(recordingKey), "never after onSettled");
    this.events.set(recordingKey, [...(this.events.get(recordingKey) ?? []), event]);
  }

  onSettled(recordingKey: string, verdict: { readonly keep: boolean; readonly why: Why | null }) {
    assert.ok(!this.verdicts.has(recordingKey), "settled once");
    this.lines.push(`${recordingKey} settled ${verdict.keep ? "keep" : String(verdict.why)}`);
    this.verdicts.set(recordingKey, verdict);
  }

  onUndecided(recordingKey: string): void {
    this.lines.push(`${recordingKey} undecided`);
  }

  onRuleMatched(recordingKey: string, { title, record, event }: RuleMatchFacts): void {
    assert.ok(!this.verdicts.has(recordingKey), "never after onSettled");
    this.lines.push(`${recordingKey} ${record ? "meets" : "is refused by"} ${title} at ${event}`);
  }

  onPauseRule(recordingKey: string, title: string | null): void {
    this.pauses.push(`${recordingKey} ${title ?? "-"}`);
  }

  onStopWanted(recordingKey: string): void {
    this.lines.push(`${recordingKey} stop`);
  }

  onPartFailed(
    part: WantedPart,
    failure: { readonly why: Why; readonly facts: Readonly<Record<string, string | number>> },
  ): void {
    this.lines.push(`part ${part.part} failed ${failure.why}`);
    this.failures.push({ part: { ...part }, ...failure });
  }

  onCallEnded(row: Readonly<Record<string, unknown>>): void {
    this.lines.push(`row ${String(row["callKey"]).replace(/-\d+$/, "")}`);
    this.rows.push(row);
  }

  onNodeHosts(hosts: readonly string[]): void {
    this.nodeHosts.push(...hosts);
  }

  onLinkStatus(status: LinkStatus): void {
    this.statuses.push(status);
  }

  lastAssociation(recordingKey: string): AssociationFacts {
    const last = this.associations.get(recordingKey)?.at(-1);
    assert.ok(last !== undefined, `${recordingKey} was never associated`);
    return last;
  }

  /** "talking 1000–3000", with times as told. */
  eventTexts(recordingKey: string): string[] {
    return (this.events.get(recordingKey) ?? []).map(
      ({ kind, fromMs, toMs }) => `${kind} ${fromMs}–${toMs}`,
    );
  }
}

export class FactsWorld {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly metrics = new Metrics();
  readonly told = new Told();
  readonly links: FakeLink[] = [];
  readonly eventLines: string[] = [];
  /** Those in force; `service.rulesChanged()` tells of others. */
  rules: readonly Rule[] = [];
  readonly service: FactsService;

  constructor(set: Partial<FactsOptions> = {}) {
    const options: FactsOptions = {
      links: [{ pbx: "192.168.10.1", scn: false }],
      agents: "all",
      recordFromBeginning: true,
      rules: () => this.rules,
      recorderUriFor: (streamId) => `sip:${streamId}@192.0.2.10:5060`,
      recorderText: "192.0.2.10:5060",
      ...set,
    };
    this.service = new FactsService(
      options,
      {
        clock: this.clock,
        random: countingRandom(),
        log: this.log,
        callCenterLog: this.log,
        metrics: this.metrics,
        eventsLog: (line) => this.eventLines.push(line),
        makeLink: (_index, delegate) => {
          const link = new FakeLink(delegate);
          this.links.push(link);
          return link;
        },
      },
      this.told,
    );
  }

  get link(): FakeLink {
    const [link] = this.links;
    assert.ok(link !== undefined);
    return link;
  }

  get control(): FakeControl {
    return this.link.control;
  }

  /** A SIP call comes in. */
  invite(recordingKey: string, set: Partial<RecordingClues> = {}): void {
    this.service.recordingBegan(clues({ recordingKey, ...set }));
  }

  end(recordingKey: string): void {
    this.service.recordingEnded(recordingKey);
  }

  advance(ms: number): void {
    this.clock.advance(ms);
  }

  /** The one part of a call of which the PBX has accepted the request, and its SIP call. */
  recordWith(recordingKey: string): void {
    this.control.answer();
    this.invite(recordingKey, { requestUser: this.control.lastStreamId });
  }

  /** Parts of the row written last. */
  lastParts(): Readonly<Record<string, unknown>>[] {
    const parts = this.told.rows.at(-1)?.["parts"];
    assert.ok(Array.isArray(parts), "no row was written");
    return parts as Readonly<Record<string, unknown>>[];
  }
}

export function clues(set: Partial<RecordingClues> = {}): RecordingClues {
  return {
    recordingKey: "r1",
    sipCallId: "77aa@192.168.10.1",
    requestUser: null,
    extensionHeaders: {},
    callerUsers: [],
    sourceHost: "192.168.10.1",
    ...set,
  };
}
