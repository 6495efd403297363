// RTP that arrives, counted by its DSCP, for the responder: no socket of this platform tells the
// mark of a packet, the kernel's packet filter does. Here its rules are written and its listing is
// read; cli/dscp-counter.ts runs it.  RFC 2474 §3

/** DSCP is 6 bits wide. */
const DSCP_VALUES = 64;
/** Before the filters of anybody else, so that what they drop is counted as arrived. */
const PRIORITY = -300;

/** Packets that arrived, by DSCP. */
export type DscpCounts = Readonly<Record<string, number>>;

/** Counts from its making on. */
export interface DscpCounter {
  /** null = it cannot be read any more. */
  read(): Promise<DscpCounts | null>;
  close(): Promise<void>;
}

/** A counter for each mark, named by it. */
export function dscpTable(table: string, rtpPort: number): string {
  const rules = Array.from({ length: DSCP_VALUES }, (_, mark) =>
    ["ip", "ip6"].map(
      (family) =>
        `add rule inet ${table} arrivals udp dport ${rtpPort} ${family} dscp ${mark} counter comment "${mark}"`,
    ),
  ).flat();
  const hook = `{ type filter hook input priority ${PRIORITY} ; }`;
  return [`add table inet ${table}`, `add chain inet ${table} arrivals ${hook}`, ...rules].join(
    "\n",
  );
}

/** The counters of nft's listing; null when it is none. */
export function readDscpCounts(listing: string): DscpCounts | null {
  const entries = entriesOf(listing);
  if (entries === null) return null;
  const counts = new Map<string, number>();
  for (const { rule } of entries) {
    const packets = rule?.expr?.find(({ counter }) => counter !== undefined)?.counter?.packets;
    const mark = rule?.comment;
    if (packets === undefined || packets === 0 || mark === undefined) continue;
    counts.set(mark, (counts.get(mark) ?? 0) + packets);
  }
  return Object.fromEntries(counts);
}

interface ListedEntry {
  readonly rule?: {
    readonly comment?: string;
    readonly expr?: readonly { readonly counter?: { readonly packets?: number } }[];
  };
}

function entriesOf(listing: string): readonly ListedEntry[] | null {
  try {
    const { nftables } = JSON.parse(listing) as { readonly nftables?: readonly ListedEntry[] };
    return Array.isArray(nftables) ? nftables : null;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
