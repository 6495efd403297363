// The pages that the browser opens beside those of real runs: a suite with failures, swarms and a
// trend, a failed run, hostile texts in every place, and 6,000 runs.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  compareSuites,
  digestOf,
  evidenceKey,
  parseSuite,
  renderHtml,
  renderRunHtml,
  type RunEvidence,
  type RunResult,
  type SuiteResult,
} from "@tapeline/reports";

/** Text that would take the page over if it became markup. */
export const HOSTILE = `"></pre></details><script>document.title="owned"</script><img src=x onerror="document.title='owned'">`;
/** Runs of the big suite. */
export const BIG_RUNS = 6_000;

/** Of the suite with failures: enough for a cell to be a strip. */
const SWARM_RUNS = 120;

const WHY = "audio: frame 812 of voice 2001 is missing: samples 129920–130080 are fill";
const NO_FILES = { ladder: null, pcap: null, trace: null, log: null, live: null, pool: null };

/** Writes them into `directory`; `real` holds the results of real runs. */
export function writePages(directory: string, real: string): void {
  const suite = parseSuite(readFileSync(join(real, "results.json"), "utf8"));
  if (suite === null) throw new Error("the real runs left no results");
  const write = (name: string, html: string): void => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, name), html);
  };
  const failed = aRun({ verdict: "fail", why: WHY });
  const runs = [...suite.runs, failed, ...swarm(SWARM_RUNS)];
  const now = suiteOf(suite, runs);
  const calm = runs.map((run): RunResult => ({ ...run, verdict: "pass", why: null, wallMs: 20 }));
  const before = suiteOf(suite, calm);
  const history = Array.from({ length: 12 }, (_, at) => ({ ...digestOf(before), failed: at % 5 }));
  const evidence = new Map([[evidenceKey(failed), anEvidence()]]);
  const trend = compareSuites(before, now);
  write("failing.html", renderHtml(now, evidence, { directory, trend, history }));
  write("failed-run.html", renderRunHtml(failed, anEvidence()));
  const big = suiteOf(suite, [...swarm(BIG_RUNS - 1), failed]);
  write("big.html", renderHtml(big, evidence, { directory, trend, history }));
  write("hostile.html", hostilePage(suite));
}

function hostilePage(suite: SuiteResult): string {
  const run = aRun({
    scenario: HOSTILE,
    seed: HOSTILE,
    verdict: "fail",
    why: HOSTILE,
    proves: [HOSTILE],
    checks: [{ name: HOSTILE, verdict: "fail", detail: HOSTILE }],
  });
  const evidence = anEvidence(HOSTILE);
  return renderHtml(suiteOf(suite, [run]), new Map([[evidenceKey(run), evidence]]));
}

function suiteOf(suite: SuiteResult, runs: readonly RunResult[]): SuiteResult {
  const count = (verdict: string): number => runs.filter((run) => run.verdict === verdict).length;
  const summary = { passed: count("pass"), failed: count("fail"), skipped: count("skip") };
  return { ...suite, runs, summary };
}

function swarm(count: number): RunResult[] {
  return Array.from({ length: count }, (_, at) => {
    const isBad = at % 24 === 16;
    const why = isBad ? `storage: INVITE ${at} has neither recording nor discard row` : null;
    return aRun({
      scenario: at % 2 === 0 ? "swarm/busy-site" : "swarm/bad-disk",
      seed: `s+${at}`,
      verdict: isBad ? "fail" : "pass",
      why,
    });
  });
}

function aRun(changes: Partial<RunResult>): RunResult {
  return {
    scenario: "basics/blind-transfer",
    mode: "virtual",
    seed: "monday",
    verdict: "pass",
    why: null,
    proves: ["R1", "R22"],
    virtualMs: 61_000,
    wallMs: 90,
    traceHash: "5f3c1d",
    recordings: [
      {
        recordingKey: "018f3a52-7c1e-7000-8000-0123456789ab-1795366801234",
        outcome: "degraded",
        why: "packets-lost",
        samples: 80_000,
        part: 1,
        callKey: "1-31-1795366800000",
        loss: 0.021,
        mos: 3.87,
      },
    ],
    checks: [
      { name: "sip", verdict: "pass", detail: null },
      { name: "audio", verdict: "fail", detail: WHY },
    ],
    artifacts: NO_FILES,
    ...changes,
  };
}

function anEvidence(text = "Alice, 2001"): RunEvidence {
  const message = { atMs: 120, protocol: "sip", from: "IP Office", to: "Recorder" } as const;
  const audio = new Uint8Array(80_000).map((_, at) => ((at >> 4) % 2 === 0 ? 0x90 : 0x20));
  return {
    title: text,
    oddities: [text],
    ladder: [
      { ...message, title: `INVITE ${text}`, text: `INVITE sip:rec@192.0.2.10 SIP/2.0\r\n${text}` },
      { ...message, atMs: 140, from: "Recorder", to: "IP Office", title: "200 OK", text },
      { ...message, atMs: 161, protocol: "devlink3", title: "Event Detail call 31", text },
    ],
    tracks: [
      {
        recordingKey: "018f3a52-7c1e-7000-8000-0123456789ab-1795366801234",
        title: text,
        audio,
        spans: [
          { fromSample: 10_000, toSample: 11_600, kind: "gap", label: "loss" },
          { fromSample: 30_000, toSample: 46_000, kind: "pause", label: text },
        ],
      },
    ],
    notes: [{ atMs: 5_000, text }],
    findings: [
      { check: "audio", text: `${text}: frame 812 is missing`, atMs: 150 },
      { check: "sip", text: `${text}: INVITE (CSeq 1) was never answered`, atMs: 120 },
      { check: "quiet", text, atMs: null },
    ],
    trace: [`149000 note ${text}`],
    timeline: {
      endMs: 10_000,
      lanes: [
        { name: text, spans: [{ fromMs: 0, toMs: 9_000, kind: "talking", label: text }] },
        { name: "Faults", spans: [{ fromMs: 2_000, toMs: 4_000, kind: "fault", label: text }] },
      ],
      series: [
        {
          name: "VCM channels",
          unit: "channels",
          lines: [{ name: "in use", points: [[0, 1] as const, [9_000, 0] as const] }],
          limit: 4,
        },
      ],
    },
  };
}
