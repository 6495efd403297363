// The list Record: one row a port in use, with what can be done: listen, pause, resume.
import { hasRole } from "../api/sign-in.ts";
import type { RecordRow } from "../api/types.ts";
import { listen, listening, stopListening } from "../listening/listening.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";
import { Icon } from "../pieces/icon.tsx";
import { useNow } from "../pieces/now.ts";
import { duration } from "../pieces/time.ts";
import { PauseButton } from "./pause-button.tsx";
import { PartyLine, agentTitle } from "./parties.tsx";

interface RecordTableProps {
  readonly rows: readonly RecordRow[];
  /** When the recorder saw them so. */
  readonly at: string;
}

export function RecordTable({ rows, at }: RecordTableProps) {
  const columns: readonly Column<RecordRow>[] = [
    { name: "Agent", kind: "main", cell: (row) => <Agent row={row} /> },
    { name: "Parties", cell: (row) => <PartyLine row={row} /> },
    { name: "Duration", kind: "number", cell: (row) => <Running row={row} at={at} /> },
    { name: "Why", cell: (row) => <span>{row.reason}</span> },
    { name: "Port", kind: "number", cell: ({ port }) => port },
    { name: "Actions", kind: "action", cell: (row) => <Actions row={row} /> },
  ];
  return (
    <DataTable
      caption="Recordings in progress, by port"
      columns={columns}
      rows={rows}
      keyOf={({ recordingKey }) => recordingKey}
    />
  );
}

function Agent({ row }: { readonly row: RecordRow }) {
  return (
    <span class="now-agent">
      <span class={row.isPaused ? "dot dot-paused" : "dot"} aria-hidden="true" />
      <span>{agentTitle(row)}</span>
      {row.isPaused ? <span class="badge badge-warn">Paused</span> : null}
      {row.part !== null && row.part > 1 ? <span class="badge">Part {row.part}</span> : null}
    </span>
  );
}

function Running({ row, at }: { readonly row: RecordRow; readonly at: string }) {
  // The recorder's own clock counts; between its answers ours goes on from there.
  const sinceMs = Math.max(0, useNow() - Date.parse(at));
  const isSane = sinceMs < 60_000;
  return <span class="figures">{duration(row.durationMs + (isSane ? sinceMs : 0))}</span>;
}

function Actions({ row }: { readonly row: RecordRow }) {
  const isHeard =
    listening.value?.heard.recordingKey === row.recordingKey &&
    (listening.value.phase === "live" || listening.value.phase === "connecting");
  const title = agentTitle(row);
  const heard = {
    recordingKey: row.recordingKey,
    title,
    parties: `${row.callingParty} → ${row.receivingParty}`,
  };
  return (
    <span class="buttons">
      {hasRole("supervisor") ? (
        <button
          type="button"
          class="button"
          aria-pressed={isHeard}
          aria-label={isHeard ? `Stop listening to ${title}` : `Listen to ${title}`}
          onClick={() => (isHeard ? stopListening() : listen(heard))}
        >
          <Icon name={isHeard ? "stop" : "listen"} /> {isHeard ? "Stop" : "Listen"}
        </button>
      ) : null}
      <PauseButton recordingKey={row.recordingKey} isPaused={row.isPaused} title={title} />
    </span>
  );
}
