// What a day's list of calls cannot hold: recordings that belong to no known call, and times of
// which nobody knows what calls there were.
import type { ReconciliationReport } from "../api/admin-types.ts";
import { Moment } from "../pieces/moment.tsx";
import { StatusNote } from "../pieces/status-note.tsx";
import { duration } from "../pieces/time.ts";

/** More of them are counted only. */
const MOST_SHOWN = 50;

export function NotTied({ orphans }: Pick<ReconciliationReport, "orphans">) {
  if (orphans.length === 0) return null;
  return (
    <section class="card" aria-labelledby="not-tied">
      <div class="card-head">
        <h2 id="not-tied">Recordings of no known call</h2>
        <span class="count">{orphans.length}</span>
      </div>
      <ul class="card-body stack">
        {orphans.slice(0, MOST_SHOWN).map(({ recordingKey, startedAt, seconds, reason }) => (
          <li key={recordingKey}>
            <a href={`/recordings/${encodeURIComponent(recordingKey)}`}>
              <Moment at={startedAt} isClockOnly /> · {duration(seconds * 1_000)}
            </a>
            <p class="soft">{reason}</p>
          </li>
        ))}
        {orphans.length > MOST_SHOWN ? (
          <li class="soft">and {orphans.length - MOST_SHOWN} more, in the CSV file</li>
        ) : null}
      </ul>
    </section>
  );
}

export function UnknownTimes({ unknown }: Pick<ReconciliationReport, "unknown">) {
  if (unknown.length === 0) return null;
  return (
    <section class="card" aria-labelledby="unknown-times">
      <div class="card-head">
        <h2 id="unknown-times">Times that nobody knows of</h2>
      </div>
      <div class="card-body status-list">
        {unknown.slice(0, MOST_SHOWN).map(({ pbx, from, to, reason }) => (
          <div key={`${pbx} ${from}`} class="unknown-time">
            <p class="figures">
              <Moment at={from} isClockOnly /> – <Moment at={to} isClockOnly />
            </p>
            <StatusNote status="warning" title={`IP Office ${pbx}.`} detail={reason} />
          </div>
        ))}
      </div>
    </section>
  );
}
