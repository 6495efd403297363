// Past states of the rules: who saved them when, what became different; any of them can be taken
// back into the editor.
import type { RuleSetView } from "../api/admin-types.ts";
import { api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Moment } from "../pieces/moment.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";

interface RuleHistoryProps {
  readonly current: RuleSetView;
  readonly onTake: (state: RuleSetView) => void;
}

export function RuleHistory({ current, onTake }: RuleHistoryProps) {
  const { data, problem, reload } = useResource(`history ${current.revision}`, (signal) =>
    api.get<{ history: readonly RuleSetView[] }>("/api/v1/rules/history", {}, signal),
  );
  if (problem !== null) {
    return <ProblemNote problem={problem} title="The history could not be read" onRetry={reload} />;
  }
  if (data === undefined) return <p class="card waiting">Reading the history…</p>;
  const states = [current, ...data.history];
  if (states.length === 1 && current.savedAt === null) {
    return (
      <section class="card">
        <EmptyState icon="rules" title="The rules were never changed here">
          <p>They are those of the configuration. Each saving stands here from then on.</p>
        </EmptyState>
      </section>
    );
  }
  return (
    <ol class="card rule-history">
      {states.map((state, index) => (
        <li key={state.revision}>
          <div>
            <p>
              <strong>Revision {state.revision}</strong>
              {index === 0 ? <span class="badge badge-good rule-in-force">In force</span> : null}
            </p>
            <p class="soft">
              {state.savedAt === null ? (
                "From the configuration"
              ) : (
                <>
                  <Moment at={state.savedAt} /> by {state.savedBy ?? "somebody"}
                </>
              )}
              {" · "}
              {state.rules.length} {state.rules.length === 1 ? "rule" : "rules"}
            </p>
            <Differences before={states[index + 1]} after={state} />
          </div>
          {index === 0 ? null : (
            <button type="button" class="button" onClick={() => onTake(state)}>
              Take back<span class="unseen"> revision {state.revision} into the editor</span>
            </button>
          )}
        </li>
      ))}
    </ol>
  );
}

interface DifferencesProps {
  readonly before: RuleSetView | undefined;
  readonly after: RuleSetView;
}

function Differences({ before, after }: DifferencesProps) {
  if (before === undefined) return null;
  const old = new Map(before.rules.map((rule) => [rule.title, JSON.stringify(rule)]));
  const now = new Map(after.rules.map((rule) => [rule.title, JSON.stringify(rule)]));
  const named = (word: string, titles: readonly string[]) =>
    titles.length === 0 ? [] : [`${word} ${titles.map((title) => `"${title}"`).join(", ")}`];
  const stayed = [...now.keys()].filter((title) => old.has(title));
  const orderBefore = [...old.keys()].filter((title) => now.has(title));
  const parts = [
    ...named(
      "added",
      [...now.keys()].filter((title) => !old.has(title)),
    ),
    ...named(
      "removed",
      [...old.keys()].filter((title) => !now.has(title)),
    ),
    ...named(
      "changed",
      stayed.filter((title) => old.get(title) !== now.get(title)),
    ),
    ...(stayed.join("\n") === orderBefore.join("\n") ? [] : ["another order"]),
  ];
  return <p>{parts.length === 0 ? "The same as before" : parts.join("; ")}</p>;
}
