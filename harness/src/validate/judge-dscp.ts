// Judges whether the mark of RTP (DSCP EF) is kept on the way, by what the responder's packet
// filter counted. Pure.  RFC 2474, RFC 3246, RFC 4594 §4.1
import type { FlowEnds, ValidationItem } from "@tapeline/reports";
import { notMeasured, passed, warned, type ItemHead } from "./item.ts";
import { DSCP_KEPT } from "./thresholds.ts";
import { percent } from "./words.ts";

const EF = "46";
/** The first packets may have left before the mark was set, a report may be a second old. */
const KEPT_RATIO = 0.98;

/** Packets by DSCP, as decimal numbers. */
export type DscpCounts = Readonly<Record<string, number>>;

/** Name of the fact: the counters before our calls; there only when the responder counts. */
export const DSCP_BEFORE = "responder.dscp";

export interface DscpFacts {
  readonly before: DscpCounts;
  readonly after: DscpCounts;
  /** Our packets left as EF. */
  readonly isMarked: boolean;
}

const HEAD: ItemHead = {
  id: "path.dscp",
  group: "path",
  title: "DSCP kept on the way",
  threshold: DSCP_KEPT,
};

export function judgeDscp({ before, after, isMarked }: DscpFacts, flow: FlowEnds): ValidationItem {
  const head = { ...HEAD, flow };
  const arrived = Object.entries(after)
    .map(([mark, packets]) => ({ mark, packets: packets - (before[mark] ?? 0) }))
    .filter(({ packets }) => packets > 0)
    .sort((left, right) => right.packets - left.packets);
  const total = arrived.reduce((sum, { packets }) => sum + packets, 0);
  if (total === 0) return notMeasured(head, "the responder counted no RTP of ours");
  const words = arrived
    .slice(0, 3)
    .map(({ mark, packets }) => `${packets} as ${nameOf(mark)}`)
    .join(", ");
  if (!isMarked) {
    const why = `RTP left unmarked and arrives so (${words}): to have it marked, run validate as root on Linux with nft (Debian: nftables)`;
    return notMeasured(head, why);
  }
  const kept = (arrived.find(({ mark }) => mark === EF)?.packets ?? 0) / total;
  const finding = { measured: `sent as EF (46), arrives ${words}`, value: kept, unit: "ratio" };
  if (kept >= KEPT_RATIO) return passed(head, finding);
  const { from, to, port } = flow;
  return warned(head, {
    ...finding,
    remedy: `Trust DSCP on every switch and router between (and on VPN tunnels copy it): UDP port ${port} (RTP) from ${from} to ${to} leaves marked EF (46), and only ${percent(kept)} of it arrives so (${words}). Without the mark it waits behind other traffic where a link is full.`,
  });
}

/** 0 is "best effort", CS0. */
function nameOf(mark: string): string {
  if (mark === EF) return "EF (46)";
  return mark === "0" ? "CS0 (0, no mark)" : `DSCP ${mark}`;
}
