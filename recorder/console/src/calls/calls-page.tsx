// The page Calls: what the IP Offices reported of a day against the recordings: recorded, partial,
// missing, not wanted, each with its reason and what to do (domain.md, "reconciliation").
import type { ReconciledCall, ReconciliationReport } from "../api/admin-types.ts";
import { addressOf, api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Icon } from "../pieces/icon.tsx";
import { Moment } from "../pieces/moment.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { Tabs } from "../pieces/tabs.tsx";
import { duration, startOfDay } from "../pieces/time.ts";
import { place } from "../shell/router.ts";
import { DayPicker } from "./day-picker.tsx";
import { dayOf, dayText } from "./days.ts";
import { NotTied, UnknownTimes } from "./day-remarks.tsx";
import "../styles/admin.css";
import "./calls.css";

const PATH = "/api/v1/reconciliation";
/** A day with the change of the clocks has 23 or 25 hours. */
const NOON_OF_NEXT_DAY_MS = 36 * 3_600_000;

type Status = ReconciledCall["status"];

const STATUS: Readonly<Record<Status, { word: string; badge: string }>> = {
  recorded: { word: "Recorded", badge: "badge-good" },
  partial: { word: "Partial", badge: "badge-warn" },
  missing: { word: "Missing", badge: "badge-bad" },
  "not-wanted": { word: "Not wanted", badge: "" },
};

export default function CallsPage() {
  const { query } = place.value;
  const beganMs = dayOf(query.get("day")) ?? startOfDay(Date.now());
  const span = { startTime: beganMs, endTime: startOfDay(beganMs + NOON_OF_NEXT_DAY_MS) };
  const { data, problem, isLoading, reload } = useResource(`calls ${beganMs}`, (signal) =>
    api.get<ReconciliationReport>(PATH, span, signal),
  );
  return (
    <>
      <PageHead title="Calls" lead="Was every call recorded that should be? Day by day.">
        <a class="button" href={addressOf(PATH, { ...span, format: "csv" })} download>
          <Icon name="download" /> CSV
        </a>
        <button type="button" class="button" onClick={reload} disabled={isLoading}>
          {isLoading ? "Asking…" : "Ask again"}
        </button>
      </PageHead>
      <DayPicker beganMs={beganMs} />
      <ProblemNote problem={problem} title="The day could not be reconciled" onRetry={reload} />
      {data === undefined ? (
        problem === null && <p class="card waiting">Reading the calls of the day…</p>
      ) : (
        <Day report={data} day={dayText(beganMs)} asked={query.get("status") ?? "all"} />
      )}
    </>
  );
}

interface DayProps {
  readonly report: ReconciliationReport;
  readonly day: string;
  readonly asked: string;
}

function Day({ report, day, asked }: DayProps) {
  const { summary, calls } = report;
  const tabs = [
    { name: "all", title: "All", count: summary.calls },
    { name: "recorded", title: "Recorded", count: summary.recorded },
    { name: "partial", title: "Partial", count: summary.partial },
    { name: "missing", title: "Missing", count: summary.missing, isAlarming: summary.missing > 0 },
    { name: "not-wanted", title: "Not wanted", count: summary.notWanted },
  ];
  const shown = tabs.some(({ name }) => name === asked) ? asked : "all";
  const rows = shown === "all" ? calls : calls.filter(({ status }) => status === shown);
  return (
    <div class="stack">
      <div>
        <Tabs label="Calls by how they came out" parameter="status" tabs={tabs} shown={shown} />
        <section class="card" aria-label={`Calls of ${day}`}>
          {rows.length > 0 ? (
            <DataTable
              caption={`Calls of ${day}`}
              columns={COLUMNS}
              rows={rows.toReversed()}
              keyOf={({ callKey }) => callKey}
            />
          ) : (
            <Nothing summary={summary} shown={shown} />
          )}
        </section>
      </div>
      <NotTied orphans={report.orphans} />
      <UnknownTimes unknown={report.unknown} />
    </div>
  );
}

const COLUMNS: readonly Column<ReconciledCall>[] = [
  {
    name: "Began",
    cell: ({ startedAt }) => <Moment at={startedAt} isClockOnly />,
  },
  {
    name: "Parties",
    kind: "main",
    cell: ({ parties, direction }) => (
      <>
        {parties.length === 0 ? "nobody told" : parties.join(" – ")}
        {direction === null ? null : <span class="soft calls-direction"> {direction}</span>}
      </>
    ),
  },
  {
    name: "Length",
    kind: "number",
    cell: ({ startedAt, endedAt, isOpen }) =>
      endedAt === null ? (
        <span class="soft calls-open">{isOpen ? "goes on" : "not known"}</span>
      ) : (
        duration(Date.parse(endedAt) - Date.parse(startedAt))
      ),
  },
  {
    name: "Result",
    cell: ({ status }) => (
      <span class={`badge ${STATUS[status].badge}`}>{STATUS[status].word}</span>
    ),
  },
  {
    name: "Why",
    cell: ({ reason, remedy, rule }) => (
      <div class="calls-why">
        <p>{reason}</p>
        {remedy === null ? null : <p class="soft">{remedy}</p>}
        {rule === null ? null : <p class="soft">Rule: {rule}</p>}
      </div>
    ),
  },
  { name: "Recordings", cell: ({ parts }) => <Parts parts={parts} /> },
];

function Parts({ parts }: Pick<ReconciledCall, "parts">) {
  const links = parts.flatMap(({ part, recordingKeys }) =>
    recordingKeys.map((key, index) => ({
      key,
      name: recordingKeys.length === 1 ? `Part ${part}` : `Part ${part}.${index + 1}`,
    })),
  );
  if (links.length === 0) return <span class="soft">none</span>;
  return (
    <ul class="calls-parts">
      {links.map(({ key, name }) => (
        <li key={key}>
          <a href={`/recordings/${encodeURIComponent(key)}`}>{name}</a>
        </li>
      ))}
    </ul>
  );
}

function Nothing({ summary, shown }: { summary: ReconciliationReport["summary"]; shown: string }) {
  if (summary.calls > 0) {
    return (
      <EmptyState icon="check" title={`No call of this day is ${shown.replace("-", " ")}`}>
        <p>
          Look at <a href={addressOf("/calls", { day: place.value.query.get("day") ?? "" })}>all</a>{" "}
          of its {summary.calls} calls.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="calls" title="No call of this day is known">
      <p>
        Calls stand here once an IP Office has reported them. If there were some, look whether the{" "}
        <a href="/system">link to the IP Office</a> was up, or go to another day.
      </p>
    </EmptyState>
  );
}
