// For finding faults: the log filters and their levels (R18, R19), and the support bundle (R24).
import { useState } from "preact/hooks";
import type { LogFilterList } from "../api/admin-types.ts";
import { addressOf, api } from "../api/client.ts";
import { problemOf, useResource } from "../api/resource.ts";
import { Field } from "../pieces/field.tsx";
import { Icon } from "../pieces/icon.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { showToast } from "../pieces/toast.tsx";

const LEVELS = ["debug", "info", "warn", "error"] as const;

export function Support() {
  return (
    <div class="stack">
      <LogFilters />
      <Bundle />
    </div>
  );
}

function LogFilters() {
  const { data, problem, reload } = useResource("log-filters", (signal) =>
    api.get<LogFilterList>("/api/v1/log-filters", {}, signal),
  );
  const change = async (name: string, level: string): Promise<void> => {
    try {
      await api.put(`/api/v1/log-filters/${encodeURIComponent(name)}`, { level });
      showToast(`${name}: ${level}`);
    } catch (error) {
      showToast(problemOf(error).remedy, "bad");
    }
    reload();
  };
  return (
    <section class="card" aria-labelledby="log-filters">
      <div class="card-head">
        <h2 id="log-filters">Log filters</h2>
      </div>
      <ProblemNote problem={problem} title="The filters could not be read" onRetry={reload} />
      <div class="card-body stack">
        <p class="soft">
          How much is written to the log. A filter takes those below it along; a change holds until
          the recorder stops.
        </p>
        {data?.filters.map(({ name, level }) => (
          <div key={name} class="filter-row">
            <Field label={name}>
              {(ties) => (
                <select
                  {...ties}
                  value={level}
                  onChange={({ currentTarget }) => void change(name, currentTarget.value)}
                >
                  {LEVELS.map((one) => (
                    <option key={one}>{one}</option>
                  ))}
                </select>
              )}
            </Field>
          </div>
        ))}
      </div>
    </section>
  );
}

function Bundle() {
  const [from, setFrom] = useState("");
  const [to, setTo] = useState("");
  const [recording, setRecording] = useState("");
  const address = addressOf("/api/v1/bundle", {
    startTime: from === "" ? undefined : Date.parse(from),
    endTime: to === "" ? undefined : Date.parse(to),
    recording: recording.trim(),
  });
  return (
    <section class="card" aria-labelledby="bundle">
      <div class="card-head">
        <h2 id="bundle">Support bundle</h2>
      </div>
      <form class="card-body stack" onSubmit={(event) => event.preventDefault()}>
        <p class="soft">
          One zip with all that a fault report needs: logs, journals, audio, configuration.
          Passwords and keys are masked. People's audio is in it: treat it so. Making it takes a
          while.
        </p>
        <div class="form-grid">
          <Field label="From" hint="Empty: from the beginning.">
            {(ties) => (
              <input
                {...ties}
                type="datetime-local"
                value={from}
                onInput={({ currentTarget }) => setFrom(currentTarget.value)}
              />
            )}
          </Field>
          <Field label="To" hint="Empty: until now.">
            {(ties) => (
              <input
                {...ties}
                type="datetime-local"
                value={to}
                onInput={({ currentTarget }) => setTo(currentTarget.value)}
              />
            )}
          </Field>
          <Field label="Only one recording" hint="Its key, SIP Call-ID or live stream id.">
            {(ties) => (
              <input
                {...ties}
                value={recording}
                onInput={({ currentTarget }) => setRecording(currentTarget.value)}
              />
            )}
          </Field>
        </div>
        <div>
          <a class="button button-main" href={address} download>
            <Icon name="download" /> Download the bundle
          </a>
        </div>
      </form>
    </section>
  );
}
