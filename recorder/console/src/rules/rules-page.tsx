// The page Rules: which calls are recorded, in order; edited as a draft, tried on past calls, then
// saved as a whole. Somebody else's saving meanwhile is noticed, and loses nothing.
import { useEffect, useMemo, useState } from "preact/hooks";
import type { RuleDocument, RuleSetView } from "../api/admin-types.ts";
import { api, type ApiProblem } from "../api/client.ts";
import { problemOf, useResource } from "../api/resource.ts";
import { hasRole } from "../api/sign-in.ts";
import { Dialog } from "../pieces/dialog.tsx";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Icon } from "../pieces/icon.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { Tabs } from "../pieces/tabs.tsx";
import { showToast } from "../pieces/toast.tsx";
import { place, setQuery } from "../shell/router.ts";
import { DryRunReport } from "./dry-run.tsx";
import { RuleDialog } from "./rule-dialog.tsx";
import { formOf, newForm } from "./rule-draft.ts";
import { RuleHistory } from "./rule-history.tsx";
import { RuleList, type DraftRule } from "./rule-list.tsx";
import "../styles/admin.css";
import "./rules.css";

let lastId = 0;

function drafts(rules: readonly RuleDocument[]): DraftRule[] {
  return rules.map((rule) => ({ id: (lastId += 1), rule }));
}

export default function RulesPage() {
  const { data, problem, reload } = useResource("rules", (signal) =>
    api.get<RuleSetView>("/api/v1/rules", {}, signal),
  );
  if (data !== undefined) return <Rules key={data.revision} current={data} onSaved={reload} />;
  return (
    <>
      <PageHead title="Rules" lead={LEAD} />
      <ProblemNote problem={problem} title="The rules could not be read" onRetry={reload} />
      {problem === null ? <p class="card waiting">Reading the rules…</p> : null}
    </>
  );
}

const LEAD = "Which calls are recorded. A rule against recording beats all that want it.";

interface RulesProps {
  readonly current: RuleSetView;
  readonly onSaved: () => void;
}

type Open = { readonly index: number | null } | "save" | null;

function Rules({ current, onSaved }: RulesProps) {
  const mayEdit = hasRole("manager");
  const [list, setList] = useState(() => drafts(current.rules));
  const [open, setOpen] = useState<Open>(null);
  const documents = useMemo(() => list.map(({ rule }) => rule), [list]);
  const isChanged = JSON.stringify(documents) !== JSON.stringify(current.rules);
  useLeaveWarning(isChanged);
  const isHistory = place.value.query.get("view") === "history" && mayEdit;
  const move = (from: number, to: number): void =>
    setList((old) => {
      const moved = old[from];
      return moved === undefined ? old : old.toSpliced(from, 1).toSpliced(to, 0, moved);
    });
  const put = (index: number | null, rule: RuleDocument): void => {
    setList((old) => {
      const known = index === null ? undefined : old[index];
      if (index === null || known === undefined) return [...old, ...drafts([rule])];
      return old.with(index, { ...known, rule });
    });
    setOpen(null);
  };
  return (
    <>
      <PageHead title="Rules" lead={LEAD}>
        {mayEdit ? (
          <button type="button" class="button button-main" onClick={() => setOpen({ index: null })}>
            <Icon name="add" /> New rule
          </button>
        ) : null}
      </PageHead>
      {mayEdit ? (
        <Tabs
          label="Views"
          parameter="view"
          tabs={[
            { name: "rules", title: "Rules", count: list.length },
            { name: "history", title: "History" },
          ]}
          shown={isHistory ? "history" : "rules"}
        />
      ) : null}
      {isHistory ? (
        <RuleHistory
          current={current}
          onTake={({ rules, revision }) => {
            setList(drafts(rules));
            setQuery({ view: undefined });
            showToast(`Revision ${revision} is in the editor. Save it to put it in force.`);
          }}
        />
      ) : (
        <section class="card" aria-label="Rules">
          {list.length === 0 ? (
            <NoRules mayEdit={mayEdit} />
          ) : (
            <RuleList
              rules={list}
              mayEdit={mayEdit}
              onMove={move}
              onEdit={(index) => setOpen({ index })}
              onDelete={(index) => setList((old) => old.toSpliced(index, 1))}
            />
          )}
        </section>
      )}
      {isChanged ? (
        <div class="save-bar card" role="region" aria-label="Changes that are not saved">
          <p>
            <strong>Not saved yet.</strong> Calls are still judged by revision {current.revision}.
          </p>
          <div class="buttons">
            <button type="button" class="button" onClick={() => setList(drafts(current.rules))}>
              Discard
            </button>
            <button type="button" class="button button-main" onClick={() => setOpen("save")}>
              Test and save…
            </button>
          </div>
        </div>
      ) : null}
      {open === "save" ? (
        <SaveDialog
          rules={documents}
          revision={current.revision}
          onClose={() => setOpen(null)}
          onSaved={onSaved}
        />
      ) : open === null ? null : (
        <EditDialog list={list} index={open.index} onClose={() => setOpen(null)} onDone={put} />
      )}
    </>
  );
}

interface EditDialogProps {
  readonly list: readonly DraftRule[];
  readonly index: number | null;
  readonly onClose: () => void;
  readonly onDone: (index: number | null, rule: RuleDocument) => void;
}

function EditDialog({ list, index, onClose, onDone }: EditDialogProps) {
  const known = index === null ? undefined : list[index];
  return (
    <RuleDialog
      title={known === undefined ? "New rule" : `Edit ${known.rule.title}`}
      initial={known === undefined ? newForm() : formOf(known.rule)}
      onClose={onClose}
      onDone={(rule) => onDone(index, rule)}
    />
  );
}

interface SaveDialogProps {
  readonly rules: readonly RuleDocument[];
  readonly revision: number;
  readonly onClose: () => void;
  readonly onSaved: () => void;
}

function SaveDialog({ rules, revision, onClose, onSaved }: SaveDialogProps) {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const save = async (): Promise<void> => {
    setBusy(true);
    try {
      const body = { rules, expectedRevision: revision };
      const saved = await api.put<RuleSetView>("/api/v1/rules", body);
      showToast(`Revision ${saved.revision} is in force.`);
      onClose();
      onSaved();
    } catch (error) {
      setProblem(problemOf(error));
      setBusy(false);
    }
  };
  const isConflict = problem?.status === 409;
  return (
    <Dialog title="Test, then save" isOpen onClose={onClose}>
      <div class="dialog-body">
        <DryRunReport rules={rules} />
        <ProblemNote
          problem={problem}
          title={isConflict ? "Somebody else saved rules meanwhile" : "The rules were not saved"}
        />
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>
            Go on editing
          </button>
          {isConflict ? (
            <button type="button" class="button" onClick={() => (onClose(), onSaved())}>
              Load theirs
            </button>
          ) : null}
          <button
            type="button"
            class="button button-main"
            disabled={isBusy}
            onClick={() => void save()}
          >
            {isBusy ? "Saving…" : "Save and put in force"}
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function NoRules({ mayEdit }: { readonly mayEdit: boolean }) {
  return (
    <EmptyState icon="rules" title="There are no rules">
      <p>
        Without rules, Record From Beginning decides alone: on, every call is kept; off, none is.{" "}
        {mayEdit
          ? "Begin with a rule for a group or an agent, and see what it would have recorded."
          : "A manager can add some."}
      </p>
    </EmptyState>
  );
}

/** Closing the tab with changes asks first. */
function useLeaveWarning(isChanged: boolean): void {
  useEffect(() => {
    if (!isChanged) return undefined;
    const warn = (event: BeforeUnloadEvent): void => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [isChanged]);
}
