// The statistics file of SIPp (-trace_stat): CSV with ";" whose last line is the newest. Codec,
// read only. Columns by SIPp's reference manual, "Statistics"; "(C)" is cumulative, "(P)" periodic.

/** The counters of a finished SIPp, over its whole life. */
export interface SippStatistics {
  readonly callsCreated: number;
  readonly callsSuccessful: number;
  readonly callsFailed: number;
  /** Calls that were neither when the file was last written. */
  readonly callsCurrent: number;
  readonly retransmissions: number;
  /** Failed because something else came than the scenario waits for. */
  readonly unexpectedMessages: number;
  /** Failed because the peer never answered our repeated request. */
  readonly unansweredRequests: number;
  /** Failed because a message that the scenario waits for never came. */
  readonly receiveTimeouts: number;
  /** Messages that belong to no call. */
  readonly outOfCallMessages: number;
}

/** A value, or why there is none; nothing throws for what stands in a file. */
export type StatisticsResult =
  | { readonly ok: true; readonly value: SippStatistics }
  | { readonly ok: false; readonly problem: string };

const COLUMNS: Readonly<Record<keyof SippStatistics, string>> = {
  callsCreated: "TotalCallCreated",
  callsSuccessful: "SuccessfulCall(C)",
  callsFailed: "FailedCall(C)",
  callsCurrent: "CurrentCall",
  retransmissions: "Retransmissions(C)",
  unexpectedMessages: "FailedUnexpectedMessage(C)",
  unansweredRequests: "FailedMaxUDPRetrans(C)",
  receiveTimeouts: "FailedTimeoutOnRecv(C)",
  outOfCallMessages: "OutOfCallMsgs(C)",
};

/** Reads the last line of a statistics file. */
export function parseStatistics(text: string): StatisticsResult {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== "");
  const heads = lines[0]?.split(";") ?? [];
  const cells = lines.length > 1 ? (lines.at(-1)?.split(";") ?? []) : [];
  if (cells.length === 0) return { ok: false, problem: "no line of figures" };
  const values: [string, number][] = [];
  for (const [name, column] of Object.entries(COLUMNS)) {
    const cell = cells[heads.indexOf(column)];
    if (cell === undefined) return { ok: false, problem: `no column ${column}` };
    if (!/^\d+$/.test(cell)) return { ok: false, problem: `${column} is no count: "${cell}"` };
    values.push([name, Number(cell)]);
  }
  return { ok: true, value: Object.fromEntries(values) as unknown as SippStatistics };
}
