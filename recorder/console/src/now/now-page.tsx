// The page Now: the Recording Monitor's four lists (domain.md) as they change: which calls are
// recorded, which are not and why; listen, pause and resume from here.
import type { ComponentChildren } from "preact";
import type { Monitor } from "../api/types.ts";
import { EmptyState } from "../pieces/empty-state.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { Tabs } from "../pieces/tabs.tsx";
import { isLive } from "../api/live-events.ts";
import { place } from "../shell/router.ts";
import { FailedTable, UnrecordedTable } from "./other-tables.tsx";
import { useMonitor } from "./monitor.ts";
import { RecordTable } from "./record-table.tsx";
import "./now.css";

type ListName = "record" | "dontRecord" | "other" | "failed";

const TITLES: Readonly<Record<ListName, string>> = {
  record: "Record",
  dontRecord: "Don't Record",
  other: "Other",
  failed: "Failed",
};

const NAMES = Object.keys(TITLES) as readonly ListName[];

export default function NowPage() {
  const { data, problem, reload } = useMonitor();
  const asked = place.value.query.get("list");
  const shown = NAMES.find((name) => name === asked) ?? "record";
  const tabs = NAMES.map((name) => ({
    name,
    title: TITLES[name],
    count: data?.[name].length,
    isAlarming: name === "failed" && (data?.failed.length ?? 0) > 0,
  }));
  return (
    <>
      <PageHead title="Now" lead="Calls as they are recorded, and why others are not">
        <Freshness isOld={problem !== null} />
      </PageHead>
      <ProblemNote
        problem={problem}
        title="What you see is not up to date: the recorder did not answer"
        onRetry={reload}
      />
      <Tabs label="Lists" parameter="list" tabs={tabs} shown={shown} />
      <section class="card" aria-label={TITLES[shown]} aria-busy={data === undefined}>
        {data === undefined ? <p class="waiting">Asking the recorder…</p> : listOf(data, shown)}
      </section>
    </>
  );
}

function Freshness({ isOld }: { readonly isOld: boolean }) {
  if (isOld) return <span class="badge badge-warn">Not connected</span>;
  const title = isLive.value
    ? "The recorder tells every change at once"
    : "Asked for again and again";
  return (
    <span class="badge badge-good" title={title}>
      {isLive.value ? "Live" : "Up to date"}
    </span>
  );
}

function listOf(data: Monitor, shown: ListName): ComponentChildren {
  const rows = data[shown];
  if (rows.length === 0) return <Nothing list={shown} />;
  switch (shown) {
    case "record":
      return <RecordTable rows={data.record} at={data.at} />;
    case "failed":
      return <FailedTable rows={data.failed} />;
    default:
      return <UnrecordedTable rows={data[shown]} at={data.at} />;
  }
}

function Nothing({ list }: { readonly list: ListName }) {
  switch (list) {
    case "record":
      return (
        <EmptyState icon="listen" title="No call is being recorded">
          <p>
            A call appears here as soon as it is answered and a rule wants it. If one should be here
            now, look at <a href="/?list=failed">Failed</a> and <a href="/?list=other">Other</a>,
            then at the <a href="/system">link to the IP Office</a>.
          </p>
        </EmptyState>
      );
    case "dontRecord":
      return (
        <EmptyState icon="rules" title="No call met a rule against recording">
          <p>
            Calls that a negative rule keeps out stand here, with that rule. The{" "}
            <a href="/rules">rules</a> say which those are.
          </p>
        </EmptyState>
      );
    case "other":
      return (
        <EmptyState icon="calls" title="Every call met a rule">
          <p>
            Calls that no rule decided stand here. To record them, add a <a href="/rules">rule</a>{" "}
            that matches them.
          </p>
        </EmptyState>
      );
    case "failed":
      return (
        <EmptyState icon="check" title="Nothing failed">
          <p>Calls that were wanted but not recorded stand here, each with what to do about it.</p>
        </EmptyState>
      );
  }
}
