// A probe: one thing that is measured. Its doing half (`run`) works over ports, on real sockets and
// in the virtual world alike; its judging half is a pure `judge…` of numbers in the same or a
// neighbouring file. `plan` says beforehand what it would send, for --dry-run and the traffic
// guard.
import type { Address, Clock, Random, Tcp, Udp } from "@tapeline/recorder/ports";
import type {
  FirewallRow,
  LongRunResult,
  RampResult,
  TrafficRow,
  ValidationItem,
  ValidationSeries,
} from "@tapeline/reports";
import type { Site } from "@tapeline/simulator/pbx";
import type { SampleStore } from "./long-run.ts";
import type { ValidationTarget } from "./target.ts";

/** The outside world of a validation. */
export interface ValidatePorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: Udp;
  readonly tcp: Tcp;
  /** Does the host reject datagrams to this port (ICMP)? Absent where that cannot be heard. */
  readonly isUdpRejected?: (target: Address) => Promise<boolean>;
  readonly marking?: DscpMarking;
}

/** Marks what this machine sends to a host as an IP Office would; there is one host at a time. */
export interface DscpMarking {
  readonly isOn: boolean;
  /** False = it cannot. */
  begin(host: string): boolean;
  end(): void;
}

/** What the user asked for, checked. */
export interface ValidateOptions {
  readonly target: ValidationTarget;
  readonly calls: number;
  readonly minutes: number;
  /** Most calls of a ramp; null = no ramp. */
  readonly rampTo: number | null;
  readonly site: Site | null;
  /** A run over days; null = one run of `minutes`. */
  readonly forSeconds: number | null;
  /** The far end is `tapeline-recorder responder`. */
  readonly responder: boolean;
  /** Our address on the way to the recorder; an IP literal, never a wildcard. */
  readonly localHost: string;
}

/** A recording as the recorder's API tells of it. */
export interface RecordingByApi {
  readonly recordingKey: string;
  readonly samples: number;
  /** The INVITE as the recorder received it, from the journal; null = not to be had. */
  readonly invite: string | null;
}

/** The recorder's API, where it is reachable and a key was given. */
export interface RecorderApiReader {
  /** Finds the recording of a call; null = there is none (yet), a sentence = why it cannot be. */
  find(sipCallId: string): Promise<RecordingByApi | string | null>;
}

export interface ProbeContext {
  readonly options: ValidateOptions;
  /** Counted on the way: what is sent here stands in the report's table of traffic. */
  readonly ports: ValidatePorts;
  readonly api: RecorderApiReader | null;
  /** Where a run over days keeps its samples. */
  readonly samples: SampleStore;
  /** A line for the person who waits. */
  progress(text: string): void;
  /** Items of the probes that ran before. */
  found(id: string): ValidationItem | undefined;
  /** Facts of the probes that ran before (`seen`). */
  seen(name: string): string | undefined;
  /** Set when the user has stopped the run (Ctrl-C): long work ends soon and is judged as it is. */
  isStopped(): boolean;
  /** Calls back once at the stop, at once when it has been; for what waits. */
  onStop(callback: () => void): void;
}

export interface ProbeResult {
  readonly items: readonly ValidationItem[];
  readonly series?: readonly ValidationSeries[];
  readonly firewall?: readonly FirewallRow[];
  readonly ramp?: RampResult;
  readonly longRun?: LongRunResult;
  readonly remarks?: readonly string[];
  /** Facts for the topology: "nat" → "203.0.113.7:40112". */
  readonly seen?: Readonly<Record<string, string>>;
}

export interface Probe {
  /** "sip", "path-mtu": in progress lines. */
  readonly name: string;
  /** False = has nothing to do with these options. */
  isWanted(options: ValidateOptions): boolean;
  /** What it sends at most. */
  plan(options: ValidateOptions): readonly TrafficRow[];
  run(context: ProbeContext): Promise<ProbeResult>;
}
