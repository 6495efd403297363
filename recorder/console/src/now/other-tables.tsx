// The lists Don't Record, Other and Failed: calls that are not kept, with the reason and, where
// something failed, the remedy.
import type { FailedRow, UnrecordedRow } from "../api/types.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";
import { Moment } from "../pieces/moment.tsx";
import { useNow } from "../pieces/now.ts";
import { duration } from "../pieces/time.ts";
import { agentTitle, PartyLine } from "./parties.tsx";

interface UnrecordedTableProps {
  readonly rows: readonly UnrecordedRow[];
  readonly at: string;
}

export function UnrecordedTable({ rows, at }: UnrecordedTableProps) {
  const sinceMs = Math.max(0, useNow() - Date.parse(at));
  const columns: readonly Column<UnrecordedRow>[] = [
    { name: "Parties", kind: "main", cell: (row) => <PartyLine row={row} /> },
    { name: "Began", cell: ({ startedAt }) => <Moment at={startedAt} /> },
    {
      name: "Duration",
      kind: "number",
      cell: ({ durationMs, isOver }) =>
        duration(durationMs + (isOver || sinceMs > 60_000 ? 0 : sinceMs)),
    },
    { name: "Why", cell: ({ reason }) => reason },
    {
      name: "State",
      cell: ({ isOver }) => <span class="badge">{isOver ? "Over" : "Going on"}</span>,
    },
  ];
  return (
    <DataTable
      caption="Calls that are not recorded"
      columns={columns}
      rows={rows}
      keyOf={({ callKey, startedAt }) => `${callKey} ${startedAt}`}
    />
  );
}

export function FailedTable({ rows }: { readonly rows: readonly FailedRow[] }) {
  const columns: readonly Column<FailedRow>[] = [
    {
      name: "Agent",
      kind: "main",
      cell: (row) =>
        row.recordingKey === null ? (
          agentTitle(row)
        ) : (
          <a href={`/recordings/${encodeURIComponent(row.recordingKey)}`}>{agentTitle(row)}</a>
        ),
    },
    { name: "Parties", cell: (row) => <PartyLine row={row} /> },
    { name: "Began", cell: ({ startedAt }) => <Moment at={startedAt} /> },
    {
      name: "Why, and what to do",
      cell: ({ reason, remedy, why }) => (
        <span class="why">
          <span>{reason}</span>
          {remedy === reason ? null : <span class="soft">{remedy}</span>}
          <span class="badge badge-bad">{why}</span>
        </span>
      ),
    },
  ];
  return (
    <DataTable
      caption="Calls that were wanted but not recorded"
      columns={columns}
      rows={rows}
      keyOf={({ callKey, recordingKey, startedAt, part }) =>
        `${callKey} ${recordingKey} ${startedAt} ${part}`
      }
    />
  );
}
