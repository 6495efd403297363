// Runs the probes of a validation over ports, stage by stage, and makes the result document of
// what they found. Knows neither sockets nor files: the command line and the virtual world both
// drive it.
import type {
  RampResult,
  LongRunResult,
  TrafficRow,
  ValidationItem,
  ValidationResult,
  ValidationSeries,
  FirewallRow,
} from "@tapeline/reports";
import { memorySamples, type SampleStore } from "./long-run.ts";
import { firewallOf, topologyOf } from "./map.ts";
import { meteredPorts, TrafficMeter } from "./metered-ports.ts";
import type {
  Probe,
  ProbeContext,
  ProbeResult,
  RecorderApiReader,
  ValidateOptions,
  ValidatePorts,
} from "./probe.ts";
import { wantedStages } from "./probes.ts";
import { summaryOf } from "./summary.ts";
import { totalBytes } from "./traffic.ts";
import { worstVerdict } from "./item.ts";

export interface ValidationSetup {
  readonly options: ValidateOptions;
  readonly ports: ValidatePorts;
  readonly api: RecorderApiReader | null;
  /** Where a run over days keeps its samples; without, in memory. */
  readonly samples?: SampleStore;
  readonly commit: string;
  progress(text: string): void;
  /** Ctrl-C. */
  readonly stop: StopSwitch;
}

/** Pressed once; who waits is told. */
export class StopSwitch {
  #isPressed = false;
  readonly #waiting = new Set<() => void>();

  get isPressed(): boolean {
    return this.#isPressed;
  }

  press(): void {
    this.#isPressed = true;
    for (const callback of this.#waiting) callback();
    this.#waiting.clear();
  }

  onPress(callback: () => void): void {
    if (this.#isPressed) callback();
    else this.#waiting.add(callback);
  }
}

/** What would be sent: the dry run, and the most that may be sent. */
export function planTraffic(options: ValidateOptions): TrafficRow[] {
  return wantedStages(options)
    .flat()
    .flatMap((probe) => probe.plan(options));
}

/** Everything that the probes told, put together. */
class Findings {
  readonly items: ValidationItem[] = [];
  readonly series: ValidationSeries[] = [];
  readonly firewall: FirewallRow[] = [];
  readonly remarks: string[] = [];
  readonly seen = new Map<string, string>();
  ramp: RampResult | null = null;
  longRun: LongRunResult | null = null;

  add(result: ProbeResult): void {
    this.items.push(...result.items);
    this.series.push(...(result.series ?? []));
    this.firewall.push(...(result.firewall ?? []));
    this.remarks.push(...(result.remarks ?? []));
    for (const [name, value] of Object.entries(result.seen ?? {})) this.seen.set(name, value);
    this.ramp = result.ramp ?? this.ramp;
    this.longRun = result.longRun ?? this.longRun;
  }
}

export async function runValidation(setup: ValidationSetup): Promise<ValidationResult> {
  const { options, ports, stop } = setup;
  const planned = planTraffic(options);
  const meter = new TrafficMeter(totalBytes(planned));
  const findings = new Findings();
  const context: ProbeContext = {
    options,
    ports: meteredPorts(ports, meter),
    api: setup.api,
    samples: setup.samples ?? memorySamples(),
    progress: (text) => setup.progress(text),
    found: (id) => findings.items.find((item) => item.id === id),
    seen: (name) => findings.seen.get(name),
    isStopped: () => stop.isPressed,
    onStop: (callback) => stop.onPress(callback),
  };
  const startedAt = new Date(ports.clock.wallTimeMs()).toISOString();
  for (const stage of wantedStages(options)) {
    if (stop.isPressed) break;
    const results = await Promise.all(stage.map((probe) => runProbe(probe, context)));
    for (const result of results) findings.add(result);
  }
  const endedAt = new Date(ports.clock.wallTimeMs()).toISOString();
  if (stop.isPressed) findings.remarks.unshift("The run was stopped before its end.");
  if (meter.refused > 0) {
    findings.remarks.unshift(
      `${meter.refused} packets were held back, because more would have been sent than planned.`,
    );
  }
  return resultOf(setup, { findings, planned, meter, startedAt, endedAt });
}

async function runProbe(probe: Probe, context: ProbeContext): Promise<ProbeResult> {
  return probe.run({
    ...context,
    progress: (text) => context.progress(`${probe.name}: ${text}`),
  });
}

function resultOf(
  { options, commit }: ValidationSetup,
  run: {
    readonly findings: Findings;
    readonly planned: readonly TrafficRow[];
    readonly meter: TrafficMeter;
    readonly startedAt: string;
    readonly endedAt: string;
  },
): ValidationResult {
  const { findings, meter, startedAt, endedAt } = run;
  const { items } = findings;
  const { target, localHost } = options;
  const seconds = Math.max(1, (Date.parse(endedAt) - Date.parse(startedAt)) / 1000);
  const count = (verdict: ValidationItem["verdict"]): number =>
    items.filter((item) => item.verdict === verdict).length;
  const sent: TrafficRow = {
    what: "Sent in all, as counted",
    protocol: "all",
    to:
      target.ipOffice === null
        ? target.recorder.host
        : `${target.recorder.host}, ${target.ipOffice.host}`,
    packets: meter.packets,
    bytes: meter.bytes,
    bitsPerSecond: Math.round((meter.bytes * 8) / seconds),
    seconds: Math.round(seconds),
  };
  const map = { options, items, seen: findings.seen };
  return {
    format: "tapeline-validation",
    version: 1,
    ...{ commit, startedAt, endedAt },
    recorder: target.recorder.uri,
    ipOffice: target.ipOffice?.host ?? null,
    place: localHost,
    verdict: worstVerdict(items),
    summary: summaryOf(items),
    counts: {
      pass: count("pass"),
      warn: count("warn"),
      fail: count("fail"),
      "not-measured": count("not-measured"),
    },
    items,
    series: findings.series,
    topology: topologyOf(map),
    firewall: [...firewallOf(map), ...findings.firewall],
    traffic: [...run.planned, sent],
    ramp: findings.ramp,
    longRun: findings.longRun,
    remarks: [...new Set(findings.remarks)],
    artifacts: { json: null, html: null, pdf: null, captures: [] },
  };
}
