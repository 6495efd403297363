// The rules in their order: each can be dragged, or moved by its buttons, or by Alt with an arrow
// key. What was moved is said to screen readers.
import { useRef, useState } from "preact/hooks";
import type { RuleDocument } from "../api/admin-types.ts";
import { Icon } from "../pieces/icon.tsx";
import { ruleSentence } from "./rule-words.ts";

export interface DraftRule {
  /** Stays with the rule while it is moved and edited. */
  readonly id: number;
  readonly rule: RuleDocument;
}

interface RuleListProps {
  readonly rules: readonly DraftRule[];
  /** false: to be looked at only. */
  readonly mayEdit: boolean;
  readonly onMove: (from: number, to: number) => void;
  readonly onEdit: (index: number) => void;
  readonly onDelete: (index: number) => void;
}

export function RuleList({ rules, mayEdit, onMove, onEdit, onDelete }: RuleListProps) {
  const [dragged, setDragged] = useState<number | null>(null);
  const [over, setOver] = useState<number | null>(null);
  const [said, setSaid] = useState("");
  const list = useRef<HTMLOListElement>(null);
  const move = (from: number, to: number, focus: string): void => {
    if (to < 0 || to >= rules.length || from === to) return;
    onMove(from, to);
    setSaid(`${rules[from]?.rule.title ?? ""} is now number ${to + 1} of ${rules.length}.`);
    // The buttons went along with their rule: the focus goes after them.
    requestAnimationFrame(() => {
      const item = list.current?.children[to];
      const wanted = item?.querySelector<HTMLButtonElement>(`[data-move="${focus}"]`);
      const button = wanted?.disabled === true ? item?.querySelector("button:enabled") : wanted;
      if (button instanceof HTMLElement) button.focus();
    });
  };
  const onKey = (event: KeyboardEvent, index: number): void => {
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!event.altKey || step === undefined || !mayEdit) return;
    event.preventDefault();
    move(index, index + step, step < 0 ? "up" : "down");
  };
  return (
    <>
      <ol class="rules" ref={list} aria-label="Rules in their order">
        {rules.map(({ id, rule }, index) => (
          <li
            key={id}
            class={over === index && dragged !== index ? "rule rule-over" : "rule"}
            draggable={mayEdit}
            onDragStart={(event) => {
              setDragged(index);
              event.dataTransfer?.setData("text/plain", rule.title);
            }}
            onDragEnd={() => (setDragged(null), setOver(null))}
            onDragOver={(event) => {
              if (dragged === null) return;
              event.preventDefault();
              setOver(index);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== null) move(dragged, index, "up");
              setDragged(null);
              setOver(null);
            }}
            onKeyDown={(event) => onKey(event, index)}
          >
            <span class="rule-number figures">{index + 1}</span>
            <div class="rule-text">
              <p class="rule-title">
                {rule.title} <Effect rule={rule} />
              </p>
              <p class="soft">{ruleSentence(rule)}</p>
            </div>
            {mayEdit ? (
              <div class="rule-buttons">
                <Tool
                  icon="up"
                  label={`Move ${rule.title} up`}
                  move="up"
                  isOff={index === 0}
                  onClick={() => move(index, index - 1, "up")}
                />
                <Tool
                  icon="down"
                  label={`Move ${rule.title} down`}
                  move="down"
                  isOff={index === rules.length - 1}
                  onClick={() => move(index, index + 1, "down")}
                />
                <Tool icon="edit" label={`Edit ${rule.title}`} onClick={() => onEdit(index)} />
                <Tool
                  icon="delete"
                  label={`Delete ${rule.title}`}
                  onClick={() => onDelete(index)}
                />
              </div>
            ) : null}
          </li>
        ))}
      </ol>
      <p class="unseen" role="status">
        {said}
      </p>
    </>
  );
}

interface ToolProps {
  readonly icon: "up" | "down" | "edit" | "delete";
  readonly label: string;
  readonly move?: "up" | "down";
  readonly isOff?: boolean;
  readonly onClick: () => void;
}

function Tool({ icon, label, move, isOff = false, onClick }: ToolProps) {
  return (
    <button
      type="button"
      class="icon-button"
      aria-label={label}
      title={label}
      data-move={move}
      disabled={isOff}
      onClick={onClick}
    >
      <Icon name={icon} />
    </button>
  );
}

function Effect({ rule }: { readonly rule: RuleDocument }) {
  if (rule["action"] === "pause") return <span class="badge badge-warn">Pause</span>;
  if (!rule.record) return <span class="badge badge-bad">Don't record</span>;
  return <span class="badge badge-good">Record</span>;
}
