// The page Recordings: search, and a list that scrolls through as many as there are.
import { useEffect } from "preact/hooks";
import { subscribeLive } from "../api/live-events.ts";
import type { Recording } from "../api/types.ts";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Icon } from "../pieces/icon.tsx";
import { Moment } from "../pieces/moment.tsx";
import { OutcomeBadge } from "../pieces/outcome-badge.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { duration } from "../pieces/time.ts";
import { VirtualList } from "../pieces/virtual-list.tsx";
import { agentTitle } from "../now/parties.tsx";
import { place } from "../shell/router.ts";
import { Filters } from "./filters.tsx";
import { FILTERS, searchOf, useSearch } from "./search.ts";
import "./recordings.css";

const ROW_HEIGHT = { wide: 52, phone: 92 };
const HEADS = ["When", "Agent", "Parties", "Duration", "Rule", "Outcome"];
/** After a call's end, until its recording is in the catalog. */
const STORED_SOON_MS = 1_500;

export default function RecordingsPage() {
  const { query } = place.value;
  const found = useSearch(searchOf(query));
  const { total, problem, reload, isLoading } = found;
  useEffect(
    () =>
      subscribeLive(({ type }) => {
        if (type === "ended" && scrollY < 200) setTimeout(reload, STORED_SOON_MS);
      }),
    [],
  );
  return (
    <>
      <PageHead title="Recordings" lead="Search, play, keep and erase what was recorded" />
      <Filters />
      <ProblemNote
        problem={problem}
        title="The recordings could not be searched"
        onRetry={reload}
      />
      <p class="found" role="status">
        {total === undefined ? "Searching…" : countText(total)}
        {isLoading && total !== undefined ? <span class="soft"> · searching…</span> : null}
      </p>
      {total === undefined ? null : total === 0 ? (
        <section class="card">
          <Nothing isFiltered={FILTERS.some((name) => query.has(name))} />
        </section>
      ) : (
        <section class="card" aria-label="Found">
          <VirtualList
            label="Recordings, newest first"
            rowCount={total}
            heads={HEADS}
            rowHeight={ROW_HEIGHT}
            onSpan={found.onSpan}
            row={(index) => <Row recording={found.rowAt(index)} />}
          />
        </section>
      )}
    </>
  );
}

function countText(total: number): string {
  return total === 1 ? "1 recording" : `${total.toLocaleString()} recordings`;
}

function Row({ recording }: { readonly recording: Recording | undefined }) {
  if (recording === undefined) {
    return (
      <span role="cell" class="row-waiting">
        <span class="unseen">Loading</span>
      </span>
    );
  }
  const { recordingKey, startTime, parties, rule, outcome, part, isHeld } = recording;
  return (
    <>
      <span role="cell" class="row-when">
        <a class="row-link" href={`/recordings/${encodeURIComponent(recordingKey)}`}>
          <Moment at={startTime} />
        </a>
      </span>
      <span role="cell" class="row-agent">
        {agentTitle(recording)}
        {part !== null && part > 1 ? <span class="badge">Part {part}</span> : null}
      </span>
      <span role="cell" class="row-parties" title={parties.join(", ")}>
        {parties.length === 0 ? <span class="soft">unknown</span> : parties.join(" · ")}
      </span>
      <span role="cell" class="row-duration figures">
        {duration(recording.duration)}
      </span>
      <span role="cell" class="row-rule soft" title={rule ?? undefined}>
        {rule ?? ""}
      </span>
      <span role="cell" class="row-outcome">
        <OutcomeBadge outcome={outcome} />
        {isHeld ? (
          <span class="row-hold" title="Legal hold">
            <Icon name="hold" />
            <span class="unseen">Legal hold</span>
          </span>
        ) : null}
      </span>
    </>
  );
}

function Nothing({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <EmptyState icon="search" title="No recording matches">
        <p>
          Widen the time, or <a href="/recordings">clear all filters</a>. A call that was not
          recorded stands in <a href="/calls">Calls</a>, with the reason.
        </p>
      </EmptyState>
    );
  }
  return (
    <EmptyState icon="recordings" title="Nothing has been recorded yet">
      <p>
        Make a call to an agent and end it: its recording appears here. While it goes on it stands
        in <a href="/">Now</a>. If none appears there, look at the{" "}
        <a href="/system">link to the IP Office</a> and the <a href="/rules">rules</a>.
      </p>
    </EmptyState>
  );
}
