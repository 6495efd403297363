// Counters, gauges and histograms by name, as a table: each limit and each refusal has one here.
// Rendering for Prometheus is http's work; in services a count is one call.

const TABLE = {
  sip_messages_received_total: "SIP messages received",
  sip_messages_malformed_total: "SIP messages that could not be parsed",
  sip_sources_refused_total: "SIP messages from addresses that are not allowed",
  sip_calls_refused_total: "INVITEs refused at a limit",
  sip_calls_accepted_total: "INVITEs answered with 200",
  sip_dialogs: "SIP dialogs now",
  sip_transactions: "SIP server transactions now",
  sip_connections: "SIP connections now (TCP, TLS)",
  sip_connections_refused_total: "SIP connections refused: strangers, or the limit reached",
  sip_requests_refused_total: "SIP requests other than INVITE refused at a limit",
  sip_datagrams_unsent_total: "SIP datagrams not sent while the UDP socket was opened again",
  sip_sockets_reopened_total: "Times that the SIP UDP socket was opened again",
  sip_tls_handshakes_failed_total: "TLS handshakes on the SIP port that failed",
  rtp_packets_received_total: "RTP packets received",
  rtp_packets_stray_total: "RTP packets that belong to no call",
  rtp_packets_ambiguous_total: "RTP packets that several calls could own",
  rtp_packets_unauthentic_total: "SRTP packets that no key of their call fits",
  rtp_packets_lost_total: "RTP packets that never came, of recordings that ended",
  rtp_kernel_drops_total: "Datagrams dropped by the kernel",
  media_write_behind_bytes: "Audio held in memory because the disk is slow",
  recordings_open: "Recordings now",
  recordings_total: "Recordings ended",
  recordings_orphan_total: "Recordings that nobody asked for",
  listeners: "Live listeners now",
  listener_frames_dropped_total: "20 ms frames that slow listeners lost",
  listeners_refused_total: "Listeners refused at a limit",
  live_event_subscribers: "Followers of the live events now",
  live_events_missed_total: "Live events that slow followers were not told one by one",
  devlink3_frames_received_total: "DevLink3 frames received",
  devlink3_packets_unknown_total: "DevLink3 packets of unknown type",
  devlink3_packets_malformed_total: "DevLink3 packets that could not be parsed",
  devlink3_records_damaged_total: "Delta3 records that could not be trusted",
  devlink3_events_lost_total: "Gaps of the DevLink3 event counter",
  devlink3_reconnects_total: "DevLink3 reconnections",
  devlink3_link_up: "DevLink3 links that stream events now",
  calls_tracked: "Calls in the call model now",
  part_gaps_total: "Parts that followed another one of their conversation",
  part_gap_milliseconds_total: "Time between parts in which nothing was recorded",
  part_missed_milliseconds_total: "Time that parts went on before their recordings began",
  recording_requests_total: "Start requests sent to IP Offices",
  recording_requests_refused_total: "Start requests refused",
  rule_steps_dropped_total: "Call events forgotten for the rules, at the limit of one call",
  rules_discards_total: "Recordings discarded because the rules did not want them",
  storage_queue: "Recordings waiting for compression",
  storage_stored_total: "Recordings committed to a pool",
  storage_failures_total: "Failed attempts to store a recording",
  storage_erased_total: "Recordings erased by people or retention",
  live_hours_left: "Hours of recording that fit into the live directory at the present load",
  pool_hours_left: "Hours of recording that fit into the fullest pool at the present load",
  space_alarms: "Places with fewer hours of recording left than alarmHours",
  pools_full: "Pools of which every drive is full",
  webhooks_waiting: "Messages to webhooks that are not delivered yet",
  webhooks_delivered_total: "Messages that a webhook has taken",
  webhook_failures_total: "Attempts at which a webhook did not take a message",
  webhooks_given_up_total: "Messages to webhooks that were given up",
  http_requests_total: "HTTP requests to the API",
  http_requests_unauthorised_total: "HTTP requests without a key, or with an unknown one",
  http_requests_limited_total: "HTTP requests refused by the rate limit",
  vcm_channels_needed: "VCM channels that the busiest IP Office needs now (R16)",
  recording_bandwidth_bits_per_second: "Bandwidth of all recordings now, on Ethernet",
  config_reloads_total: "Reloads of the configuration",
  config_reloads_refused_total: "Reloads refused because the file has problems",
  alarms: "Alarms that stand now",
  log_tags_forgotten_total: "Recordings whose tags the log no longer knows, at its limit",
  log_lines_suppressed_total: "Log lines left out by the rate limit",
} as const;

export type MetricName = keyof typeof TABLE;

const HISTOGRAMS = {
  listener_latency_milliseconds:
    "From the arrival of an RTP packet to its frame sent to a listener",
} as const;

export type HistogramName = keyof typeof HISTOGRAMS;

/** Upper bounds; fine where the target lies (40 ms). */
export const LATENCY_BOUNDS_MS = [
  0.25, 0.5, 1, 1.5, 2, 3, 4, 5, 6, 8, 10, 12, 15, 18, 20, 22, 25, 27, 30, 35, 40, 50, 75, 100, 200,
  500, 1000, 5000,
] as const;

/** How often a value was at most each bound; the last count is of all. */
export interface Histogram {
  readonly name: HistogramName;
  readonly help: string;
  /** One a bound, not summed up, and one for what is beyond all. */
  readonly counts: readonly number[];
  readonly sum: number;
}

/** Prefix of every metric's name as Prometheus sees it. */
export const METRIC_PREFIX = "tapeline_";

export class Metrics {
  readonly #values = new Map<MetricName, number>();
  readonly #histograms = new Map<HistogramName, { readonly counts: number[]; sum: number }>();

  /** For names that end in `_total`. */
  increment(name: MetricName, by = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + by);
  }

  /** For gauges. */
  set(name: MetricName, value: number): void {
    this.#values.set(name, value);
  }

  /** Counts a value of a histogram. */
  observe(name: HistogramName, value: number): void {
    const known = this.#histograms.get(name) ?? blankHistogram();
    this.#histograms.set(name, known);
    let index = 0;
    while (value > (LATENCY_BOUNDS_MS[index] ?? Infinity)) index += 1;
    known.counts[index] = (known.counts[index] ?? 0) + 1;
    known.sum += value;
  }

  /** Every histogram, also those without a value. */
  histograms(): readonly Histogram[] {
    return (Object.keys(HISTOGRAMS) as HistogramName[]).map((name) => {
      const { counts, sum } = this.#histograms.get(name) ?? blankHistogram();
      return { name, help: HISTOGRAMS[name], counts: [...counts], sum };
    });
  }

  get(name: MetricName): number {
    return this.#values.get(name) ?? 0;
  }

  /** Every metric, also those still zero. */
  list(): { readonly name: MetricName; readonly help: string; readonly value: number }[] {
    return (Object.keys(TABLE) as MetricName[]).map((name) => ({
      name,
      help: TABLE[name],
      value: this.get(name),
    }));
  }
}

function blankHistogram() {
  return { counts: [...LATENCY_BOUNDS_MS, Infinity].map(() => 0), sum: 0 };
}
