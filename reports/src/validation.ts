// What `testbed validate` found out about a network: the document that --json prints, that the
// report is made of and that a machine reads. Types only, and they may grow: fields are added, none
// is renamed. requirements.md T3, R9, R15, R23.

/** not-measured: nothing can be said, and `measured` says why. */
export type ItemVerdict = "pass" | "warn" | "fail" | "not-measured";

/** Sections of the report, in its order. */
export type ItemGroup =
  "reach" | "sip" | "media" | "path" | "nat" | "pbx" | "responder" | "capacity" | "long-run";

/** What a reading was compared with, and who says so. */
export interface ItemThreshold {
  /** "< 3 %", "≤ 4,000 ms", "answered". */
  readonly text: string;
  /** "RFC 3261 §17.1.1.2", "the PBX vendor's compulsory assessment", "ours: half of that". */
  readonly source: string;
}

/** Who must reach whom: a firewall rule that is missing, or one that works. */
export interface FlowEnds {
  readonly protocol: "UDP" | "TCP" | "TLS" | "ICMP";
  readonly from: string;
  readonly to: string;
  /** "5060", "20000-21999". */
  readonly port: string;
}

/** One row of the table of items. */
export interface ValidationItem {
  /** Stable, for machines: "sip.udp.invite-large", "media.loss". */
  readonly id: string;
  readonly group: ItemGroup;
  readonly title: string;
  readonly verdict: ItemVerdict;
  /** For people, with its unit: "0.4 %", "answered in 23 ms". Why, when not measured. */
  readonly measured: string;
  /** The same as a number, null where it is none. */
  readonly value: number | null;
  /** Of `value`: "ms", "ratio", "bytes", "s". */
  readonly unit: string | null;
  readonly threshold: ItemThreshold | null;
  /**
   * What to change, in a sentence with port, protocol, from and to; null when there is nothing.
   */
  readonly remedy: string | null;
  /** The flow that the item is about, when it is about one. */
  readonly flow: FlowEnds | null;
}

/** A plot over time. */
export interface ValidationSeries {
  /** "loss", "jitter", "round-trip". */
  readonly id: string;
  readonly title: string;
  /** "%", "ms". */
  readonly unit: string;
  /** Line across the plot. */
  readonly threshold: { readonly value: number; readonly label: string } | null;
  readonly lines: readonly {
    readonly label: string;
    /** Seconds since the start, value; null = nothing came in. */
    readonly points: readonly (readonly [seconds: number, value: number | null])[];
  }[];
}

/** A station of the path as it was measured. */
export interface TopologyNode {
  readonly id: string;
  readonly title: string;
  /** Address lines and what was seen of it. */
  readonly lines: readonly string[];
}

export interface TopologyLink {
  readonly from: string;
  readonly to: string;
  readonly label: string;
  readonly verdict: ItemVerdict;
}

export interface FirewallRow extends FlowEnds {
  readonly why: string;
  /** As measured; not-measured: needed, but not tried. */
  readonly verdict: ItemVerdict;
}

/** What was sent, or with --dry-run what would be. */
export interface TrafficRow {
  readonly what: string;
  readonly protocol: string;
  readonly to: string;
  readonly packets: number;
  /** At IP: with IP and UDP or TCP headers. */
  readonly bytes: number;
  readonly bitsPerSecond: number;
  readonly seconds: number;
}

/** How far a ramp went. */
export interface RampResult {
  readonly asked: number;
  /** The most recordings at which everything was within its threshold; 0 = not even one. */
  readonly carried: number;
  /** What broke first, as a sentence; null = nothing did. */
  readonly brokenBy: string | null;
  readonly steps: readonly {
    readonly calls: number;
    readonly answered: number;
    readonly lossRatio: number | null;
    readonly jitterMs: number | null;
    readonly roundTripMs: number | null;
    readonly verdict: ItemVerdict;
  }[];
}

/** What a run over days has come to; one sample a minute. */
export interface LongRunResult {
  readonly askedSeconds: number;
  readonly coveredSeconds: number;
  readonly samples: number;
  /** Minutes without a sample: one of the ends was down. */
  readonly missing: number;
  readonly worst: readonly { readonly what: string; readonly value: string; readonly at: string }[];
}

/** The document. */
export interface ValidationResult {
  readonly format: "tapeline-validation";
  readonly version: 1;
  readonly commit: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly endedAt: string;
  readonly recorder: string;
  readonly ipOffice: string | null;
  readonly place: string;
  /** The worst of the items; not-measured does not count. */
  readonly verdict: "pass" | "warn" | "fail";
  /** One sentence that a network owner understands. */
  readonly summary: string;
  readonly counts: Readonly<Record<ItemVerdict, number>>;
  readonly items: readonly ValidationItem[];
  readonly series: readonly ValidationSeries[];
  readonly topology: {
    readonly nodes: readonly TopologyNode[];
    readonly links: readonly TopologyLink[];
  };
  readonly firewall: readonly FirewallRow[];
  readonly traffic: readonly TrafficRow[];
  readonly ramp: RampResult | null;
  readonly longRun: LongRunResult | null;
  /** What a reader must know: "one-way delay is half of the round trip". */
  readonly remarks: readonly string[];
  /** Absolute paths. */
  readonly artifacts: {
    readonly json: string | null;
    readonly html: string | null;
    /** null where no Chromium was there to print it. */
    readonly pdf: string | null;
    readonly captures: readonly string[];
  };
}
