// The page Audit: who did what, to what, and whether it worked; newest first, page by page. Filters
// stand in the address, so that a finding can be sent to somebody.
import { useEffect, useState } from "preact/hooks";
import type { AuditEntry, AuditList } from "../api/admin-types.ts";
import { api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Field, FilterBar } from "../pieces/field.tsx";
import { Moment } from "../pieces/moment.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { place, setQuery } from "../shell/router.ts";
import { dayOf } from "../calls/days.ts";
import "../styles/admin.css";
import "./audit.css";

const PAGE_ROWS = 50;
/** While somebody types. */
const PATIENCE_MS = 250;
const DAY_AND_A_HALF_MS = 36 * 3_600_000;

const ACTIONS: readonly (readonly [name: string, words: string])[] = [
  ["listen", "Listened live"],
  ["listen-end", "Stopped listening"],
  ["play", "Played"],
  ["export", "Exported audio"],
  ["pause", "Paused"],
  ["resume", "Resumed"],
  ["hold", "Put on legal hold"],
  ["release-hold", "Released a legal hold"],
  ["delete", "Deleted"],
  ["associate", "Tied to a call"],
  ["rules", "Changed rules"],
  ["log-filter", "Switched a log filter"],
  ["bundle", "Took a support bundle"],
  ["key-create", "Made a key"],
  ["key-revoke", "Took a key back"],
  ["session-begin", "Signed in"],
  ["session-end", "Signed out"],
  ["setup-check", "Tested a set-up step"],
  ["setup-save", "Saved the set-up"],
  ["restart", "Restarted the recorder"],
  ["refused", "Was refused"],
];

export default function AuditPage() {
  const { query } = place.value;
  const offset = Math.max(0, Math.floor(Number(query.get("from") ?? 0)) || 0);
  const dayMs = dayOf(query.get("day"));
  const asked = {
    q: query.get("q") ?? undefined,
    action: query.get("action") ?? undefined,
    startTime: dayMs ?? undefined,
    endTime: dayMs === null ? undefined : new Date(dayMs + DAY_AND_A_HALF_MS).setHours(0, 0, 0, 0),
    limit: PAGE_ROWS,
    offset,
  };
  const { data, problem, isLoading, reload } = useResource(JSON.stringify(asked), (signal) =>
    api.get<AuditList>("/api/v1/audit", asked, signal),
  );
  return (
    <>
      <PageHead title="Audit" lead="Who listened, played, exported, paused, changed or deleted">
        <button type="button" class="button" onClick={reload} disabled={isLoading}>
          {isLoading ? "Asking…" : "Ask again"}
        </button>
      </PageHead>
      <section class="card audit-filters">
        <Filters />
      </section>
      <ProblemNote problem={problem} title="The audit could not be read" onRetry={reload} />
      <section class="card" aria-label="Entries" aria-busy={isLoading}>
        {data === undefined ? (
          <p class="waiting">Reading the audit…</p>
        ) : data.entries.length === 0 ? (
          <Nothing />
        ) : (
          <DataTable
            caption="Audit entries, newest first"
            columns={COLUMNS}
            rows={data.entries}
            keyOf={(entry) => JSON.stringify(entry)}
          />
        )}
      </section>
      {data === undefined ? null : <Pager offset={offset} data={data} />}
    </>
  );
}

function Filters() {
  const { query } = place.value;
  const [text, setText] = useState(query.get("q") ?? "");
  useEffect(() => {
    if (text === (place.value.query.get("q") ?? "")) return undefined;
    const timer = setTimeout(() => setQuery({ q: text, from: undefined }), PATIENCE_MS);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <FilterBar label="Which entries">
      <Field label="Search">
        {(ties) => (
          <input
            {...ties}
            type="search"
            placeholder="Person, recording, address…"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
          />
        )}
      </Field>
      <Field label="Action">
        {(ties) => (
          <select
            {...ties}
            value={query.get("action") ?? ""}
            onChange={(event) => setQuery({ action: event.currentTarget.value, from: undefined })}
          >
            <option value="">All</option>
            {ACTIONS.map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field label="Day">
        {(ties) => (
          <input
            {...ties}
            type="date"
            value={query.get("day") ?? ""}
            onChange={(event) => setQuery({ day: event.currentTarget.value, from: undefined })}
          />
        )}
      </Field>
    </FilterBar>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { name: "When", cell: ({ at }) => <Moment at={at} /> },
  {
    name: "Who",
    kind: "main",
    cell: (entry) => (
      <>
        {entry.by}
        {typeof entry["role"] === "string" ? (
          <span class="soft audit-role"> {entry["role"]}</span>
        ) : null}
      </>
    ),
  },
  {
    name: "Did what",
    cell: ({ action }) => ACTIONS.find(([name]) => name === action)?.[1] ?? action,
  },
  { name: "To what", cell: (entry) => <Target entry={entry} /> },
  { name: "Result", cell: ({ result }) => <Result result={result} /> },
  {
    name: "From",
    cell: (entry) => (
      <span class="soft">
        {[entry["via"], entry["from"]].filter((word) => typeof word === "string").join(", ")}
      </span>
    ),
  },
];

const RECORDING_KEY = /^[0-9a-f-]{36}-\d{10,15}$/;

function Target({ entry }: { readonly entry: AuditEntry }) {
  const { target } = entry;
  const detail = entry["detail"];
  const name = <span class="mono audit-target">{target}</span>;
  return (
    <div>
      {RECORDING_KEY.test(target) ? <a href={`/recordings/${target}`}>{name}</a> : name}
      {typeof detail === "string" && detail !== "" ? (
        <p class="soft audit-detail">
          {RECORDING_KEY.test(detail) ? <a href={`/recordings/${detail}`}>{detail}</a> : detail}
        </p>
      ) : null}
    </div>
  );
}

const GOOD: readonly string[] = ["ok", "applied", "already", "begun"];

function Result({ result }: { readonly result: string }) {
  const tone = GOOD.includes(result) ? "badge-good" : "badge-warn";
  return <span class={`badge ${tone}`}>{result}</span>;
}

function Pager({ offset, data }: { readonly offset: number; readonly data: AuditList }) {
  const { entries, more } = data;
  if (offset === 0 && !more) return null;
  const go = (from: number): void => {
    setQuery({ from: from <= 0 ? undefined : String(from) });
    scrollTo({ top: 0 });
  };
  return (
    <nav class="pager" aria-label="Pages of entries">
      <button
        type="button"
        class="button"
        disabled={offset === 0}
        onClick={() => go(offset - PAGE_ROWS)}
      >
        Newer
      </button>
      <span class="soft figures">
        {entries.length === 0 ? "none" : `${offset + 1} – ${offset + entries.length}`}
      </span>
      <button type="button" class="button" disabled={!more} onClick={() => go(offset + PAGE_ROWS)}>
        Older
      </button>
    </nav>
  );
}

function Nothing() {
  const isFiltered = ["q", "action", "day", "from"].some((name) => place.value.query.has(name));
  if (isFiltered) {
    return (
      <EmptyState icon="search" title="No entry fits">
        <p>
          Take a filter away, or look at <a href="/audit">all entries</a>.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="audit" title="Nothing was done yet">
      <p>Every listening, playing, export, pause, change and deletion stands here from now on.</p>
    </EmptyState>
  );
}
