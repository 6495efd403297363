// Rules tried on past calls before they are saved: how many they would have recorded, against those
// in force, and which calls would come out otherwise, with the reason.
import type { DryRun, RuleDocument } from "../api/admin-types.ts";
import { api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { DataTable, type Column } from "../pieces/data-table.tsx";
import { Moment } from "../pieces/moment.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";

/** The newest of them. */
const CALLS_TRIED = 200;
const MOST_SHOWN = 20;

interface Compared {
  readonly edited: DryRun;
  readonly inForce: DryRun;
}

type Change = DryRun["calls"][number];

async function compare(rules: readonly RuleDocument[], signal: AbortSignal): Promise<Compared> {
  const limit = CALLS_TRIED;
  const [edited, inForce] = await Promise.all([
    api.post<DryRun>("/api/v1/rules/dry-run", { rules, limit }),
    api.post<DryRun>("/api/v1/rules/dry-run", { limit }),
  ]);
  signal.throwIfAborted();
  return { edited, inForce };
}

export function DryRunReport({ rules }: { readonly rules: readonly RuleDocument[] }) {
  const { data, problem, isLoading, reload } = useResource(JSON.stringify(rules), (signal) =>
    compare(rules, signal),
  );
  if (problem !== null) {
    return (
      <ProblemNote
        problem={problem}
        title="These rules cannot be used as they are"
        onRetry={reload}
      />
    );
  }
  if (data === undefined || isLoading) {
    return (
      <p class="soft" role="status">
        Trying the rules on past calls…
      </p>
    );
  }
  return <Report {...data} />;
}

function Report({ edited, inForce }: Compared) {
  const { calls, wouldRecord } = edited.summary;
  if (calls === 0) {
    return (
      <p role="status">
        There are no past calls to try them on yet. The rules are well formed and can be saved.
      </p>
    );
  }
  const before = new Map(inForce.calls.map((call) => [call.callKey, call.wouldRecord]));
  const changed = edited.calls.filter((call) => before.get(call.callKey) !== call.wouldRecord);
  return (
    <div class="stack" role="status">
      <p class="dry-run-sum">
        This would have recorded <strong>{wouldRecord}</strong> of <strong>{calls}</strong> calls.
      </p>
      <meter
        class="meter"
        min={0}
        max={calls}
        value={wouldRecord}
        aria-label={`${wouldRecord} of ${calls} calls`}
      />
      <p class="soft">
        The rules in force: {inForce.summary.wouldRecord} of {inForce.summary.calls}.{" "}
        {changed.length === 0
          ? "No call would come out otherwise."
          : `${changed.length} ${changed.length === 1 ? "call" : "calls"} would come out otherwise:`}
      </p>
      {changed.length === 0 ? null : (
        <div class="dry-run-changes">
          <DataTable
            caption="Calls that would come out otherwise"
            columns={COLUMNS}
            rows={changed.slice(0, MOST_SHOWN)}
            keyOf={({ callKey }) => callKey}
          />
        </div>
      )}
      {changed.length > MOST_SHOWN ? (
        <p class="soft">and {changed.length - MOST_SHOWN} more</p>
      ) : null}
    </div>
  );
}

const COLUMNS: readonly Column<Change>[] = [
  { name: "Call", cell: ({ startedAt }) => <Moment at={startedAt} /> },
  { name: "Parties", kind: "main", cell: ({ parties }) => parties.join(" – ") },
  {
    name: "Would be",
    cell: ({ wouldRecord }) =>
      wouldRecord ? (
        <span class="badge badge-good">Recorded</span>
      ) : (
        <span class="badge badge-warn">Not recorded</span>
      ),
  },
  { name: "Because", cell: ({ because }) => because },
];
