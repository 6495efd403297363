// The page System: what the recorder is connected to, how much it has to do, what is wrong and what
// to do about it; storage; logs and support bundle; the sizing calculator. Each view has an address.
import type { Alarm, Pools, System } from "../api/admin-types.ts";
import { useRefreshed } from "../api/refreshed.ts";
import { hasRole } from "../api/sign-in.ts";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { Tabs } from "../pieces/tabs.tsx";
import { place } from "../shell/router.ts";
import { Alarms } from "./alarms.tsx";
import { Figures } from "./figures.tsx";
import { Links } from "./links.tsx";
import { LoadPlots } from "./load-plots.tsx";
import { Ports } from "./ports.tsx";
import { SizingCalculator } from "./sizing-calculator.tsx";
import { Storage } from "./storage.tsx";
import { Support } from "./support.tsx";
import "../styles/admin.css";
import "./system.css";

const VIEWS = [
  { name: "overview", title: "Overview" },
  { name: "storage", title: "Storage" },
  { name: "support", title: "Logs and support" },
  { name: "sizing", title: "Sizing" },
] as const;

export default function SystemPage() {
  const system = useRefreshed<System>("/api/v1/system");
  const alarms = useRefreshed<{ readonly alarms: readonly Alarm[] }>("/api/v1/alarms");
  const asked = place.value.query.get("view");
  const tabs = VIEWS.filter(({ name }) => name !== "support" || hasRole("administrator")).map(
    (view) => ({ ...view }),
  );
  const shown = tabs.find(({ name }) => name === asked)?.name ?? "overview";
  return (
    <>
      <PageHead title="System" lead="Links, load, space, and what needs somebody">
        {system.data === undefined ? null : <Ready isReady={system.data.isReady} />}
      </PageHead>
      <ProblemNote
        problem={system.problem}
        title="What you see is not up to date: the recorder did not answer"
        onRetry={system.reload}
      />
      <Tabs label="Views" parameter="view" tabs={tabs} shown={shown} />
      {shown === "overview" ? (
        <Overview system={system.data} alarms={alarms.data?.alarms ?? null} />
      ) : null}
      {shown === "storage" ? <StorageView /> : null}
      {shown === "support" ? <Support /> : null}
      {shown === "sizing" ? <SizingCalculator /> : null}
    </>
  );
}

function Ready({ isReady }: { readonly isReady: boolean }) {
  return isReady ? (
    <span class="badge badge-good">Ready to record</span>
  ) : (
    <span class="badge badge-bad">Not ready</span>
  );
}

interface OverviewProps {
  readonly system: System | undefined;
  readonly alarms: readonly Alarm[] | null;
}

function Overview({ system, alarms }: OverviewProps) {
  if (system === undefined) return <p class="card waiting">Asking the recorder…</p>;
  return (
    <div class="stack">
      <Alarms alarms={alarms} />
      <Figures system={system} />
      <Links system={system} />
      <LoadPlots />
      <Ports system={system} />
    </div>
  );
}

function StorageView() {
  const { data, problem, reload } = useRefreshed<Pools>("/api/v1/pools");
  return (
    <>
      <ProblemNote problem={problem} title="The drives could not be asked" onRetry={reload} />
      {data === undefined ? <p class="card waiting">Asking the drives…</p> : <Storage {...data} />}
    </>
  );
}
