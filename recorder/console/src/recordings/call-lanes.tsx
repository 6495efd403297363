// The parts of a call on one timeline: a lane a part, with holds, pauses and gaps where they lie. A
// click goes to that moment; the same moments stand below as a list, for keyboards and ears.
import { useLayoutEffect, useRef } from "preact/hooks";
import { agentTitle } from "../now/parties.tsx";
import { clockTime, duration } from "../pieces/time.ts";
import type { CallTimeline, Lane, Span, SpanKind } from "./call-timeline.ts";

const LEGEND: Readonly<Record<SpanKind, string>> = {
  talking: "Talking",
  held: "Hold, park",
  waiting: "Ringing, queued",
  paused: "Paused",
  gap: "Gap",
};

interface CallLanesProps {
  readonly timeline: CallTimeline;
  /** The recording that is open. */
  readonly shown: string;
  /** Where its player is. */
  readonly second: number;
  readonly onSeek: (recordingKey: string, second: number) => void;
}

export function CallLanes({ timeline, shown, second, onSeek }: CallLanesProps) {
  const { lanes, fromMs, lengthMs } = timeline;
  const kinds = new Set(lanes.flatMap(({ spans }) => spans.map(({ kind }) => kind)));
  return (
    <figure class="lanes" aria-label="Timeline of the call">
      {lanes.map((lane) => (
        <LaneRow
          key={lane.recordingKey}
          lane={lane}
          isShown={lane.recordingKey === shown}
          second={second}
          lengthMs={lengthMs}
          onSeek={onSeek}
        />
      ))}
      <figcaption>
        <span class="figures">
          {clockTime(fromMs)} – {clockTime(fromMs + lengthMs)}
        </span>
        <span class="legend">
          {Object.entries(LEGEND)
            .filter(([kind]) => kinds.has(kind as SpanKind))
            .map(([kind, text]) => (
              <span key={kind} class={`legend-${kind}`}>
                {text}
              </span>
            ))}
        </span>
      </figcaption>
    </figure>
  );
}

interface LaneRowProps {
  readonly lane: Lane;
  readonly isShown: boolean;
  readonly second: number;
  readonly lengthMs: number;
  readonly onSeek: CallLanesProps["onSeek"];
}

function LaneRow({ lane, isShown, second, lengthMs, onSeek }: LaneRowProps) {
  const { recordingKey, part } = lane;
  const title = `${part === null ? "" : `Part ${part}: `}${agentTitle(lane)}`;
  const onClick = (event: MouseEvent): void => {
    if (!(event.currentTarget instanceof Element)) return;
    const box = event.currentTarget.getBoundingClientRect();
    onSeek(recordingKey, ((event.clientX - box.left) / box.width) * (lane.lengthMs / 1_000));
  };
  return (
    <div class={isShown ? "lane lane-shown" : "lane"}>
      <a
        class="lane-title"
        href={`/recordings/${encodeURIComponent(recordingKey)}`}
        aria-current={isShown ? "true" : undefined}
      >
        {title} <span class="soft figures">{duration(lane.lengthMs)}</span>
      </a>
      <div class="lane-track">
        {/* The list of moments below is the same for who uses no mouse. */}
        <Placed from={lane.from} share={lane.share} name="lane-part" onClick={onClick} />
        {lane.spans.map((span) => (
          <Placed
            key={`${span.kind} ${span.atMs} ${span.text}`}
            from={span.from}
            share={span.share}
            name={`span span-${span.kind}`}
            title={spanTitle(span)}
          />
        ))}
        {isShown ? (
          <Placed from={lane.from + (second * 1_000) / lengthMs} share={0} name="lane-cursor" />
        ) : null}
      </div>
    </div>
  );
}

function spanTitle({ text, atMs, lengthMs, parties }: Span): string {
  const who = parties.length === 0 ? "" : `: ${parties.join(", ")}`;
  return `${text}${who}, at ${duration(atMs)} for ${duration(lengthMs)}`;
}

interface PlacedProps {
  readonly from: number;
  readonly share: number;
  readonly name: string;
  readonly title?: string;
  readonly onClick?: (event: MouseEvent) => void;
}

/** A box at its place on the axis. */
function Placed({ from, share, name, title, onClick }: PlacedProps) {
  const box = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    box.current?.style.setProperty("--from", String(from));
    box.current?.style.setProperty("--share", String(share));
  }, [from, share]);
  return <div ref={box} class={`placed ${name}`} title={title} onClick={onClick} />;
}
