// Who is on a call, as all lists say it.
import type { MonitorCall } from "../api/types.ts";

const DIRECTIONS = {
  inbound: "Inbound",
  outbound: "Outbound",
  tandem: "Tandem",
  internal: "Internal",
} as const;

export function PartyLine({ row }: { readonly row: MonitorCall }) {
  const { callingParty, receivingParty, direction } = row;
  return (
    <span class="party-line">
      <span>
        {callingParty || "unknown"} <span aria-label="to">→</span> {receivingParty || "unknown"}
      </span>
      {direction === null ? null : <span class="soft">{DIRECTIONS[direction]}</span>}
    </span>
  );
}

/** "Ann (201)"; of an orphan what there is. */
export function agentTitle(row: {
  readonly agent: string | null;
  readonly extension: string | null;
  readonly callingParty?: string;
}): string {
  const { agent, extension } = row;
  if (agent !== null && extension !== null && agent !== extension) return `${agent} (${extension})`;
  return agent ?? extension ?? row.callingParty ?? "Not yet known";
}
