// A recorder of the test that has every service, each with something to show.
import { reconcile, type ReconciliationReport } from "../../src/association/reconciliation.ts";
import {
  REPORT_TYPES,
  reportText,
  type ReportFormat,
} from "../../src/association/reconciliation-text.ts";
import type {
  LoadReport,
  ManualAnswer,
  ManualAssociation,
  Reconciliation,
} from "../../src/http/api.ts";
import type { MonitorLists } from "../../src/recording-monitor.ts";
import type { CallExplanation } from "../../src/rules/explain.ts";
import type { RuleSetView, RulesService } from "../../src/rules-contract.ts";
import type { StorageAdmin } from "../../src/storage/storage-admin.ts";
import { CALL, ROW, VIEW, type FakeApi } from "./fakes.ts";

export const RULE_SET: RuleSetView = {
  version: 1,
  revision: 3,
  source: "state",
  savedAt: "2026-11-22T17:00:00.000Z",
  savedBy: "manager's",
  rules: [{ title: "Sales", kind: "group", record: true }],
};

export const MONITOR: MonitorLists = {
  version: 1,
  at: "2026-11-22T17:00:00.000Z",
  record: [
    {
      port: 1,
      callKey: "call-live",
      deviceCallIds: ["c0a80a01-31"],
      pbx: "192.0.2.1",
      direction: "inbound",
      callingParty: "02079460000",
      receivingParty: "2001",
      startedAt: "2026-11-22T16:59:00.000Z",
      durationMs: 60_000,
      rule: "Sales",
      reason: "Sales",
      recordingKey: "key-live",
      liveStreamId: "stream-1",
      part: 1,
      agent: "Ann Agent",
      extension: "2001",
      isPaused: false,
    },
  ],
  dontRecord: [],
  other: [],
  failed: [],
};

const EXPLAINED: CallExplanation = {
  ...{ callKey: "call-1", startedAt: "2026-11-22T17:00:00.000Z", direction: "inbound" },
  ...{ parties: ["02079460000", "2001"], wouldRecord: true, decision: "positive" },
  ...{ rule: "Sales", because: "it matches", rules: [] },
};

const LOAD: LoadReport = {
  ...{ startedAtMs: 1_795_366_000_000, calls: 3, queued: 0 },
  recordings: { now: 2, peak: { value: 4, atMs: 1_795_366_700_000 } },
  vcm: { now: 5, peak: { value: 9, atMs: 1_795_366_700_000 }, limit: 32 },
  bandwidth: { now: 174_400, peak: { value: 348_800, atMs: null }, limit: null },
  offices: [{ pbx: "192.0.2.1", calls: 3, queued: 0, recordings: 2 }],
};

class FakeRules implements RulesService {
  current = () => RULE_SET;
  history = () => [RULE_SET];
  replace = () => Promise.resolve({ ok: true, view: RULE_SET } as const);
  reload = () => Promise.resolve({ ok: true, view: RULE_SET } as const);
}

export class FakeStorage implements StorageAdmin {
  readonly deeds: string[] = [];
  answer: Awaited<ReturnType<StorageAdmin["erase"]>> = { ok: true };

  #act(deed: string) {
    this.deeds.push(deed);
    return Promise.resolve(this.answer);
  }
  hold: StorageAdmin["hold"] = (key, { by, reason }) => this.#act(`hold ${key} ${by}: ${reason}`);
  releaseHold: StorageAdmin["releaseHold"] = (key, { by }) => this.#act(`release ${key} ${by}`);
  erase: StorageAdmin["erase"] = (key, { by, reason }) =>
    this.#act(`erase ${key} ${by}: ${reason}`);
  holdOf: StorageAdmin["holdOf"] = (recordingKey) =>
    Promise.resolve({ recordingKey, at: "2026-11-22T17:00:00.000Z", by: "x", reason: "y" });
  verify: StorageAdmin["verify"] = (recordingKey) =>
    Promise.resolve({
      ...{ recordingKey, state: "ok", pool: "main", drive: "/pool", path: "/pool/key-1.spx" },
      ...{ samples: 16_000, bytes: 3, isAsStored: true, isDecodable: true },
      ...{ isLiveAsRecorded: null, problems: [] },
    });
  pools: StorageAdmin["pools"] = () => [
    {
      ...{ pool: "main", drives: [], freeBytes: 5, recordings: 1 },
      ...{ hoursLeft: null, isFull: false, isLow: false },
    },
  ];
  liveSpace: StorageAdmin["liveSpace"] = () => ({
    ...{ directory: "/live", freeBytes: 5, hoursLeft: 2, isLow: true, waiting: 0 },
  });
}

export class FakeReconciliation implements Reconciliation {
  readonly asked: Parameters<Reconciliation["report"]>[0][] = [];
  readonly ties: string[] = [];
  answer: ManualAnswer = { ok: true, callKey: "call-1", part: 1 };

  report(span: Parameters<Reconciliation["report"]>[0]) {
    this.asked.push(span);
    const { fromTimeMs: fromMs, toTimeMs: toMs, day } = span;
    return Promise.resolve(reconcile([], [], { fromMs, toMs, day, nowMs: toMs }));
  }
  print(report: ReconciliationReport, format: ReportFormat) {
    return { type: REPORT_TYPES[format], text: reportText(report, format) };
  }
  associate(recordingKey: string, { callKey, part, by }: ManualAssociation) {
    this.ties.push(`${recordingKey} ${callKey ?? "-"} ${part ?? "-"} by ${by}`);
    return Promise.resolve(this.answer);
  }
}

export function fullApi(api: FakeApi): void {
  api.rows = [ROW];
  api.active = [VIEW];
  api.known = [{ extension: "2001", name: "Ann Agent" }];
  api.stateRows = {
    calls: [CALL],
    audit: [
      { at: "2026-11-22T17:00:01.000Z", by: "x", action: "listen", target: "y", result: "ok" },
    ],
  };
  api.standing = [
    {
      code: "VCM_SHORT",
      severity: "warning",
      subject: "192.0.2.1",
      since: "2026-11-22T17:00:00.000Z",
      detail: "d",
      remedy: "r",
    },
  ];
  api.rules = new FakeRules();
  api.dryRun = ({ rules }) =>
    Promise.resolve({ ok: true, calls: rules === null ? [] : [EXPLAINED], unreadableLines: 0 });
  api.monitor = { lists: () => MONITOR };
  api.storage = new FakeStorage();
  api.reconciliation = new FakeReconciliation();
  api.load = {
    report: () => LOAD,
    history: () => [
      {
        ...{ atMs: 1_795_366_800_000, recordings: 2, calls: 3, vcmChannels: 5 },
        ...{ bandwidthBitsPerSecond: 174_400, packetsPerSecond: 100, packetsLost: 1 },
      },
    ],
  };
  api.logFilters = {
    list: () => [{ name: "filter", level: "info" }],
    set: (name) => name === "filter",
  };
}
