// What is wrong now, the worst first, each with what to do about it.
import type { Alarm } from "../api/admin-types.ts";
import { Icon } from "../pieces/icon.tsx";
import { Moment } from "../pieces/moment.tsx";

export function Alarms({ alarms }: { readonly alarms: readonly Alarm[] | null }) {
  if (alarms === null) return null;
  if (alarms.length === 0) {
    return (
      <p class="all-well" role="status">
        <Icon name="check" /> Nothing needs attention.
      </p>
    );
  }
  const worstFirst = alarms.toSorted((a, b) => (a.severity < b.severity ? -1 : 1));
  return (
    <section class="stack" aria-label="Alarms">
      {worstFirst.map(({ code, severity, subject, since, detail, remedy }) => (
        <div
          key={`${code} ${subject}`}
          class={severity === "critical" ? "note note-bad" : "note note-warn"}
          role={severity === "critical" ? "alert" : "status"}
        >
          <Icon name="warning" />
          <div>
            <p class="note-title">{detail}</p>
            <p>{remedy}</p>
            <p class="note-code">
              {code}, since <Moment at={since} />
            </p>
          </div>
        </div>
      ))}
    </section>
  );
}
