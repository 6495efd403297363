// The bar of whom one listens to: level, latency, live or from the beginning, stop. Stays while one
// goes through the pages.
import { useComputed } from "@preact/signals";
import { Icon } from "../pieces/icon.tsx";
import { duration } from "../pieces/time.ts";
import { LevelMeter } from "./level-meter.tsx";
import { listen, listening, lostMs, report, stopListening, type Listening } from "./listening.ts";
import "./listening.css";

const SAMPLES_PER_MS = 8;

export function ListeningBar() {
  const now = listening.value;
  if (now === null) return null;
  const { heard, phase, code, remedy } = now;
  return (
    <section class="listening" aria-label="Listening">
      <div class="listening-who">
        <p class="listening-title">
          <Icon name="listen" />
          <span>{heard.title}</span>
        </p>
        <p class="soft">{heard.parties}</p>
      </div>
      <div class="listening-state" role="status">
        {phase === "connecting" ? "Connecting…" : null}
        {phase === "over" ? `The call has ended (${code ?? "end"}).` : null}
        {phase === "refused" ? (remedy ?? "The connection broke. Listen again.") : null}
      </div>
      {phase === "live" || phase === "connecting" ? <Running now={now} /> : null}
      <button type="button" class="button" onClick={stopListening}>
        <Icon name="stop" /> {phase === "live" ? "Stop" : "Close"}
      </button>
    </section>
  );
}

function Running({ now }: { readonly now: Listening }) {
  const { heard, from } = now;
  const isFromStart = from === "beginning";
  const lost = lostMs(now);
  return (
    <>
      <LevelMeter />
      <p class="listening-figures figures">
        <Place />
        <Latency isLive={!isFromStart} />
        {lost === 0 ? null : (
          <span
            class="badge badge-warn"
            title="Your network was too slow; the recording has it all"
          >
            {(lost / 1_000).toFixed(1)} s lost
          </span>
        )}
      </p>
      <div class="buttons">
        <button
          type="button"
          class="button"
          aria-pressed={isFromStart}
          onClick={() => listen(heard, isFromStart ? "now" : "beginning")}
        >
          From the beginning
        </button>
      </div>
    </>
  );
}

function Place() {
  const text = useComputed(() => duration((report.value?.sample ?? 0) / SAMPLES_PER_MS));
  return (
    <span>
      <span class="soft">At </span>
      {text}
    </span>
  );
}

/** Rounded: a figure that jumps cannot be read. */
function Latency({ isLive }: { readonly isLive: boolean }) {
  const text = useComputed(() => {
    const latencyMs = report.value?.latencyMs;
    return latencyMs === undefined ? "–" : String(Math.round(latencyMs / 10) * 10);
  });
  if (!isLive) return null;
  return (
    <span title="From the packet at the recorder to your loudspeaker">
      <span class="soft">Latency </span>
      <span data-latency>{text}</span> ms
    </span>
  );
}
