// The verdict of a run over days, as the PBX's vendor demands it: in each minute less than 150 ms
// one way and less than 3 % lost, for a week. Pure. standards.md, "Network verdict"
import type { LongRunResult, ValidationItem, ValidationSeries } from "@tapeline/reports";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import type { LongRunFacts, MinuteSample } from "./long-run.ts";
import { JITTER_MS, limitFor, LOSS, ONE_WAY_DELAY_MS, type Limits } from "./thresholds.ts";
import { count, milliseconds, percent } from "./words.ts";

export const WEEK_SECONDS = 7 * 86_400;
/** Minutes without a sample that a week may have: a restart of either end takes some. */
const MISSING_RATIO = 0.01;
/** Points of a plot; each is the worst of its minutes. */
const PLOT_POINTS = 1_000;

interface Ends {
  readonly from: string;
  readonly to: string;
}

type Reading = NonNullable<MinuteSample["reading"]>;

interface Subject {
  readonly id: string;
  readonly what: string;
  readonly unit: string;
  readonly limits: Limits;
  /** What breaks it is a failure, or only a warning. */
  readonly isCompulsory: boolean;
  readonly read: (reading: Reading) => number | null;
  readonly words: (value: number) => string;
}

const SUBJECTS: readonly Subject[] = [
  {
    ...{ id: "loss", what: "Loss", unit: "ratio", limits: LOSS, isCompulsory: true },
    ...{ read: ({ lossRatio }) => lossRatio, words: percent },
  },
  {
    ...{ id: "delay", what: "One-way delay (half of the round trip)", unit: "ms" },
    ...{ limits: ONE_WAY_DELAY_MS, isCompulsory: true, words: milliseconds },
    read: ({ roundTripMs }) => (roundTripMs === null ? null : roundTripMs / 2),
  },
  {
    ...{ id: "jitter", what: "Jitter", unit: "ms", limits: JITTER_MS, isCompulsory: false },
    ...{ read: ({ jitterMs }) => jitterMs, words: milliseconds },
  },
];

export function judgeLongRun(facts: LongRunFacts, ends: Ends): ValidationItem[] {
  return [
    judgeCoverage(facts, ends),
    ...SUBJECTS.map((subject) => judgeSubject(subject, facts, ends)),
  ];
}

export function longRunResult(facts: LongRunFacts): LongRunResult {
  const { samples, askedSeconds } = facts;
  const worst = SUBJECTS.flatMap((subject) => {
    const found = worstOf(subject, samples);
    if (found === null) return [];
    const at = new Date(found.sample.wallMs).toISOString();
    return [{ what: subject.what, value: subject.words(found.value), at }];
  });
  const measured = samples.filter(({ reading }) => reading !== null).length;
  return {
    askedSeconds,
    coveredSeconds: coveredSeconds(facts),
    samples: measured,
    missing: minutesSoFar(facts) - measured,
    worst,
  };
}

export function longRunSeries({ samples }: LongRunFacts): ValidationSeries[] {
  const size = Math.max(1, Math.ceil(samples.length / PLOT_POINTS));
  return SUBJECTS.map(({ id, what, unit, limits, read }) => {
    const scale = unit === "ratio" ? 100 : 1;
    const points: (readonly [number, number | null])[] = [];
    for (let first = 0; first < samples.length; first += size) {
      const piece = samples.slice(first, first + size);
      const values = piece.flatMap(({ reading }) => {
        const value = reading === null ? null : read(reading);
        return value === null ? [] : [value * scale];
      });
      points.push([(piece[0]?.minute ?? 0) * 60, values.length === 0 ? null : Math.max(...values)]);
    }
    return {
      ...{ id: `long-run-${id}`, title: `${what}, worst of each ${count(size, "minute")}` },
      unit: unit === "ratio" ? "%" : unit,
      threshold: { value: limits.fail.value * scale, label: limits.fail.text },
      lines: [{ label: what, points }],
    };
  });
}

function minutesSoFar({ startedMs, endedMs, askedSeconds }: LongRunFacts): number {
  return Math.min(Math.floor(askedSeconds / 60), Math.ceil((endedMs - startedMs) / 60_000));
}

function coveredSeconds(facts: LongRunFacts): number {
  return minutesSoFar(facts) * 60;
}

function judgeCoverage(facts: LongRunFacts, { from, to }: Ends): ValidationItem {
  const head: ItemHead = {
    id: "long-run.coverage",
    group: "long-run",
    title: "A sample in each minute",
    threshold: {
      text: "each minute for a week",
      source: "the PBX vendor's compulsory network assessment; 1 % may be missing: ours",
    },
  };
  const minutes = minutesSoFar(facts);
  const { samples, missing } = longRunResult(facts);
  const finding = {
    measured: `${count(samples, "sample")} in ${count(minutes, "minute")}, ${missing} missing`,
    value: missing,
    unit: "minutes",
  };
  if (samples === 0 && minutes > 0) {
    const remedy = `Start the recorder ${to} and open its SIP and RTP ports (UDP) from ${from}: in ${count(minutes, "minute")} no sample succeeded.`;
    return failed(head, { ...finding, remedy });
  }
  const asked = Math.floor(facts.askedSeconds / 60);
  if (minutes < asked) {
    const remedy = `Continue by the same command with the same --out: ${count(asked - minutes, "minute")} of UDP samples from ${from} to ${to} are left.`;
    return warned(head, { ...finding, remedy });
  }
  if (missing > minutes * MISSING_RATIO) {
    const reasons = facts.samples.flatMap(({ why }) => (why === null ? [] : [why]));
    const remedy = `Find why ${missing} minutes have no sample over UDP from ${from} to ${to} (first reason: ${reasons[0] ?? "this machine was off"}), and measure again.`;
    return warned(head, { ...finding, remedy });
  }
  if (facts.askedSeconds < WEEK_SECONDS) {
    return passed(head, {
      ...finding,
      measured: `${finding.measured} (the vendor asks for a week)`,
    });
  }
  return passed(head, finding);
}

function judgeSubject(subject: Subject, facts: LongRunFacts, { from, to }: Ends): ValidationItem {
  const { limits, words, read, what, unit } = subject;
  const head: ItemHead = {
    ...{ id: `long-run.${subject.id}`, group: "long-run" },
    title: `${what} in each minute`,
    threshold: limitFor("fail", limits),
  };
  const worst = worstOf(subject, facts.samples);
  if (worst === null) return notMeasured(head, "no sample has it");
  const broken = facts.samples.filter(({ reading }) => {
    const value = reading === null ? null : read(reading);
    return value !== null && value >= limits.fail.value;
  });
  const at = new Date(worst.sample.wallMs).toISOString().slice(0, 16).replace("T", " ");
  const finding = {
    measured: `worst ${words(worst.value)} at ${at} UTC, ${count(broken.length, "minute")} over the limit`,
    ...{ value: worst.value, unit },
  };
  if (broken.length === 0) return passed(head, finding);
  const remedy = `Find what fills the way of RTP (UDP) from ${from} to ${to} at ${at} UTC (backups, updates, shifts), and give RTP its own queue (DSCP EF): ${count(broken.length, "minute")} break the limit of ${limits.fail.text}.`;
  return subject.isCompulsory
    ? failed(head, { ...finding, remedy })
    : warned(head, { ...finding, remedy });
}

function worstOf({ read }: Subject, samples: readonly MinuteSample[]) {
  let worst: { readonly sample: MinuteSample; readonly value: number } | null = null;
  for (const sample of samples) {
    const value = sample.reading === null ? null : read(sample.reading);
    if (value !== null && (worst === null || value > worst.value)) worst = { sample, value };
  }
  return worst;
}
