// The filters of the search: each change counts at once, stands in the address, and can be taken
// back one by one.
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import { Field, FilterBar } from "../pieces/field.tsx";
import { startOfDay } from "../pieces/time.ts";
import { place, setQuery } from "../shell/router.ts";
import { FILTERS } from "./search.ts";

/** So long after the last key a text counts: between letters of a word, not between words. */
const TYPING_MS = 120;
const DAY_MS = 86_400_000;

const OUTCOMES = [
  ["", "Any outcome"],
  ["ok", "Recorded"],
  ["degraded", "Degraded"],
  ["failed", "Failed"],
  ["blocked", "Blocked"],
  ["discarded", "Discarded"],
] as const;

const SELDOM = ["extension", "number", "call", "held"] as const;

export function Filters() {
  const { query } = place.value;
  const { data: agents = [] } = useResource("agents", async (signal) => {
    const mapping = await api.get<Record<string, string>>("/api/v1/agents/mapping", {}, signal);
    return Object.entries(mapping).map(([extension, name]) => ({
      value: name.replace(`(${extension})`, ""),
      title: name.replace("(", " ("),
    }));
  });
  const { data: rules = [] } = useResource("rules", async (signal) => {
    const { rules } = await api.get<{ readonly rules: readonly { readonly title: string }[] }>(
      "/api/v1/rules",
      {},
      signal,
    );
    return rules.map(({ title }) => ({ value: title, title }));
  });
  const isAnySeldom = SELDOM.some((name) => query.has(name));
  return (
    <section class="card search-card" aria-label="Filters">
      <FilterBar label="Recordings">
        <div class="filter-wide">
          <TextFilter name="q" label="Search" placeholder="Number, name, rule or call key" />
        </div>
        <ChoiceFilter name="agent" label="Agent" any="Any agent" choices={agents} />
        <ChoiceFilter name="rule" label="Rule" any="Any rule" choices={rules} />
        <Field label="Outcome">
          {(ties) => (
            <select
              {...ties}
              value={query.get("outcome") ?? ""}
              onChange={(event) => setQuery({ outcome: event.currentTarget.value })}
            >
              {OUTCOMES.map(([value, title]) => (
                <option key={value} value={value}>
                  {title}
                </option>
              ))}
            </select>
          )}
        </Field>
      </FilterBar>
      <div class="filter-foot">
        <TimeFilter name="from" label="From" />
        <TimeFilter name="to" label="Until" />
        <DayButtons />
        <details open={isAnySeldom}>
          <summary>More filters</summary>
          <FilterBar label="More filters">
            <TextFilter name="extension" label="Extension" placeholder="2001" />
            <TextFilter name="number" label="Number of a party" placeholder="+4930…" />
            <TextFilter name="call" label="Call key" placeholder="c0a80a01-17-…" />
            <label class="check">
              <input
                type="checkbox"
                checked={query.get("held") === "true"}
                onChange={(event) =>
                  setQuery({ held: event.currentTarget.checked ? "true" : undefined })
                }
              />
              <span>Only with a legal hold</span>
            </label>
          </FilterBar>
        </details>
      </div>
    </section>
  );
}

interface TextFilterProps {
  readonly name: string;
  readonly label: string;
  readonly placeholder: string;
}

function TextFilter({ name, label, placeholder }: TextFilterProps) {
  const standing = place.value.query.get(name) ?? "";
  const [text, setText] = useState(standing);
  const typing = useRef<ReturnType<typeof setTimeout>>(undefined);
  // Also changed from elsewhere: a link, "Clear", the back button.
  useEffect(() => setText(standing), [standing]);
  return (
    <Field label={label}>
      {(ties) => (
        <input
          {...ties}
          type="search"
          value={text}
          placeholder={placeholder}
          autocomplete="off"
          spellcheck={false}
          maxLength={200}
          onInput={(event) => {
            const { value } = event.currentTarget;
            setText(value);
            clearTimeout(typing.current);
            typing.current = setTimeout(() => setQuery({ [name]: value.trim() }), TYPING_MS);
          }}
        />
      )}
    </Field>
  );
}

interface ChoiceFilterProps {
  readonly name: string;
  readonly label: string;
  readonly any: string;
  readonly choices: readonly { readonly value: string; readonly title: string }[];
}

function ChoiceFilter({ name, label, any, choices }: ChoiceFilterProps) {
  const standing = place.value.query.get(name) ?? "";
  const isKnown = standing === "" || choices.some(({ value }) => value === standing);
  return (
    <Field label={label}>
      {(ties) => (
        <select
          {...ties}
          value={standing}
          onChange={(event) => setQuery({ [name]: event.currentTarget.value })}
        >
          <option value="">{any}</option>
          {isKnown ? null : <option value={standing}>{standing}</option>}
          {choices.map(({ value, title }) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function TimeFilter({ name, label }: { readonly name: string; readonly label: string }) {
  const standing = place.value.query.get(name);
  return (
    <Field label={label}>
      {(ties) => (
        <input
          {...ties}
          type="datetime-local"
          value={standing === null ? "" : localTime(Date.parse(standing))}
          onChange={(event) => {
            const timeMs = Date.parse(event.currentTarget.value);
            setQuery({ [name]: Number.isNaN(timeMs) ? undefined : instant(timeMs) });
          }}
        />
      )}
    </Field>
  );
}

/** Spans that are wanted most, and the way back to all. */
function DayButtons() {
  const { query } = place.value;
  const todayMs = startOfDay(Date.now());
  const spans = [
    ["Today", todayMs, undefined],
    ["Yesterday", startOfDay(todayMs - DAY_MS / 2), todayMs],
    ["Last 7 days", startOfDay(todayMs - 6.5 * DAY_MS), undefined],
  ] as const;
  const isFiltered = FILTERS.some((name) => query.has(name));
  return (
    <div class="buttons day-buttons">
      {spans.map(([title, fromMs, toMs]) => {
        const from = instant(fromMs);
        const to = toMs === undefined ? undefined : instant(toMs);
        const isSet = query.get("from") === from && (query.get("to") ?? undefined) === to;
        return (
          <button
            key={title}
            type="button"
            class="button button-small"
            aria-pressed={isSet}
            onClick={() => setQuery(isSet ? { from: undefined, to: undefined } : { from, to })}
          >
            {title}
          </button>
        );
      })}
      {isFiltered ? (
        <button
          type="button"
          class="button button-small button-quiet"
          onClick={() => setQuery(Object.fromEntries(FILTERS.map((name) => [name, undefined])))}
        >
          Clear all
        </button>
      ) : null}
    </div>
  );
}

function instant(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(":00.000Z", "Z");
}

/** As <input type="datetime-local"> writes the viewer's own time. */
function localTime(timeMs: number): string {
  if (Number.isNaN(timeMs)) return "";
  const offsetMs = new Date(timeMs).getTimezoneOffset() * 60_000;
  return new Date(timeMs - offsetMs).toISOString().slice(0, 16);
}
