// The page of one recording: its audio, what happened while it was made, the other parts of its
// call on one timeline, and what may be done to it. "#t=83.5" opens it at that second.
import { useEffect, useState } from "preact/hooks";
import { api } from "../api/client.ts";
import { useResource } from "../api/resource.ts";
import type { RecordingDetail, Waveform } from "../api/types.ts";
import { agentTitle } from "../now/parties.tsx";
import { listen } from "../listening/listening.ts";
import { EmptyState } from "../pieces/empty-state.tsx";
import { Icon } from "../pieces/icon.tsx";
import { Moment } from "../pieces/moment.tsx";
import { OutcomeBadge } from "../pieces/outcome-badge.tsx";
import { PageHead } from "../pieces/page-head.tsx";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { duration } from "../pieces/time.ts";
import { navigate, place } from "../shell/router.ts";
import type { PageProps } from "../shell/pages.ts";
import { Actions } from "./actions.tsx";
import { partsOfCall } from "./call-parts.ts";
import { callTimeline } from "./call-timeline.ts";
import { CallLanes } from "./call-lanes.tsx";
import { Facts } from "./facts.tsx";
import { Moments } from "./moments.tsx";
import { fragmentOf, secondIn } from "./moment-link.ts";
import { Player } from "./player.tsx";
import { WhyNote } from "./why-note.tsx";
import "./recordings.css";
import "./recording.css";

/** A recording that is being made, or stored, is looked at again. */
const AGAIN_MS = 2_000;

export default function RecordingPage({ params }: PageProps) {
  const key = params["key"] ?? "";
  const path = `/api/v1/recordings/${encodeURIComponent(key)}`;
  const { data, problem, reload } = useResource(path, (signal) =>
    api.get<RecordingDetail>(path, {}, signal),
  );
  const status = data?.status;
  useEffect(() => {
    if (status === undefined || status === "SAVED") return undefined;
    const timer = setInterval(reload, AGAIN_MS);
    return () => clearInterval(timer);
  }, [status, reload]);
  if (problem?.status === 404) return <Gone />;
  if (data === undefined || data.recordingKey !== key) {
    return (
      <>
        <PageHead title="Recording" />
        <ProblemNote problem={problem} title="The recording could not be loaded" onRetry={reload} />
      </>
    );
  }
  return (
    <>
      <BackLink />
      <PageHead
        title={agentTitle(data)}
        lead={
          <>
            <Moment at={data.startTime} /> · {duration(data.duration)} ·{" "}
            {data.parties.join(" · ") || "parties unknown"}
          </>
        }
      >
        {data.isHeld ? (
          <span class="badge badge-warn">
            <Icon name="hold" /> Legal hold
          </span>
        ) : null}
        <OutcomeBadge outcome={data.outcome} />
      </PageHead>
      <WhyNote recording={data} />
      {/* Another recording is another page: its player begins anew. */}
      <Loaded key={key} recording={data} onChanged={reload} />
    </>
  );
}

interface LoadedProps {
  readonly recording: RecordingDetail;
  readonly onChanged: () => void;
}

function Loaded({ recording, onChanged }: LoadedProps) {
  const asked = secondIn(place.value.fragment);
  const [second, setSecond] = useState(asked ?? 0);
  const parts = useResource(`parts ${recording.recordingKey} ${recording.status}`, (signal) =>
    partsOfCall(recording, signal),
  );
  const timeline = callTimeline(parts.data ?? [recording]);
  const own = timeline.lanes.find((lane) => lane.recordingKey === recording.recordingKey);
  const go = (recordingKey: string, to: number): void => {
    const address = `/recordings/${encodeURIComponent(recordingKey)}#${fragmentOf(to)}`;
    navigate(address, recordingKey === recording.recordingKey ? "replace" : "push");
  };
  return (
    <>
      <section class="card player-card" aria-label="Audio">
        <Audio recording={recording} asked={asked} onSecond={setSecond} />
        <CallLanes timeline={timeline} shown={recording.recordingKey} second={second} onSeek={go} />
        <ProblemNote
          problem={parts.problem}
          title="The other parts of the call could not be loaded"
          onRetry={parts.reload}
        />
      </section>
      <Actions recording={recording} second={second} onChanged={onChanged} />
      <div class="recording-columns">
        <section class="card" aria-labelledby="moments-title">
          <div class="card-head">
            <h2 id="moments-title">What happened</h2>
          </div>
          {own === undefined ? null : <Moments lane={own} onSeek={go} />}
        </section>
        <section class="card" aria-labelledby="facts-title">
          <div class="card-head">
            <h2 id="facts-title">Facts</h2>
          </div>
          <Facts recording={recording} />
        </section>
      </div>
    </>
  );
}

interface AudioProps {
  readonly recording: RecordingDetail;
  readonly asked: number | null;
  readonly onSecond: (second: number) => void;
}

function Audio({ recording, asked, onSecond }: AudioProps) {
  const { recordingKey, status } = recording;
  const path = `/api/v1/recordings/${encodeURIComponent(recordingKey)}/waveform`;
  const [isFailed, setFailed] = useState(false);
  const { data, problem, reload } = useResource(`${path} ${status}`, (signal) =>
    status === "RECORDING"
      ? Promise.resolve(null)
      : api.get<Waveform>(path, { points: 4_000 }, signal),
  );
  if (status === "RECORDING") return <StillRecording recording={recording} />;
  if (problem?.status === 404 || isFailed) {
    return (
      <EmptyState icon="recordings" title="There is no audio">
        <p>
          {recording.samples === 0
            ? "No audio arrived for this recording; the note above says what to do."
            : "Its drive does not answer, or its file is gone. See Verify below and the drives in System."}
        </p>
      </EmptyState>
    );
  }
  if (problem !== null) {
    return <ProblemNote problem={problem} title="The audio cannot be read" onRetry={reload} />;
  }
  if (data === undefined || data === null) {
    return (
      <div class="wave-waiting" role="status">
        Reading the audio…
      </div>
    );
  }
  return (
    <Player
      recording={recording}
      waveform={data}
      second={asked}
      onSecond={onSecond}
      onFailed={() => setFailed(true)}
    />
  );
}

function StillRecording({ recording }: { readonly recording: RecordingDetail }) {
  const title = agentTitle(recording);
  const heard = {
    recordingKey: recording.recordingKey,
    title,
    parties: recording.parties.join(" · "),
  };
  return (
    <EmptyState icon="listen" title="This call is still going on">
      <p>Its recording can be played when the call is over. Until then it can be heard live.</p>
      <div class="buttons buttons-middle">
        <button type="button" class="button button-main" onClick={() => listen(heard)}>
          <Icon name="listen" /> Listen
        </button>
        <button type="button" class="button" onClick={() => listen(heard, "beginning")}>
          From the beginning
        </button>
      </div>
    </EmptyState>
  );
}

function BackLink() {
  return (
    <p class="back">
      <a href="/recordings">
        <Icon name="back" /> Recordings
      </a>
    </p>
  );
}

function Gone() {
  return (
    <EmptyState icon="search" title="There is no such recording">
      <p>
        It was erased, the link was cut, or your key may not see it.{" "}
        <a href="/recordings">Search the recordings</a>; what was erased, and why, stands in the{" "}
        <a href="/audit">audit</a>.
      </p>
    </EmptyState>
  );
}
