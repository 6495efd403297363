// The player: the waveform (wavesurfer.js) over the browser's own audio, with speed, skipping of
// silence and keys. Peaks come from the recorder, so that no audio is loaded before somebody plays.
import { useEffect, useRef, useState } from "preact/hooks";
import WaveSurfer from "wavesurfer.js";
import { addressOf } from "../api/client.ts";
import type { RecordingDetail, Waveform } from "../api/types.ts";
import { Icon } from "../pieces/icon.tsx";
import { duration, spokenDuration } from "../pieces/time.ts";
import { PEAK_MOST } from "./silence.ts";
import { silencesOf, skipFrom } from "./silence.ts";

const SPEEDS = [0.75, 1, 1.25, 1.5, 2] as const;
const STEP_SECONDS = 5;
const LEAP_SECONDS = 15;

interface PlayerProps {
  readonly recording: RecordingDetail;
  readonly waveform: Waveform;
  /** Where to begin; changes when another moment is asked for. */
  readonly second: number | null;
  readonly onSecond: (second: number) => void;
  /** The audio could not be had. */
  readonly onFailed: () => void;
}

export function Player(props: PlayerProps) {
  const { recording, waveform, second, onSecond, onFailed } = props;
  const canvas = useRef<HTMLDivElement>(null);
  const wave = useRef<WaveSurfer | null>(null);
  const wanted = useRef(second ?? 0);
  const [audio] = useState(() => audioOf(recording.recordingKey));
  const [isPlaying, setPlaying] = useState(false);
  const [at, setAt] = useState(second ?? 0);
  const [speed, setSpeed] = useState(1);
  const [skipsSilence, setSkipsSilence] = useState(false);
  const lengthSeconds = recording.duration / 1_000;

  useEffect(() => {
    if (canvas.current === null) return undefined;
    const drawn = drawWave(canvas.current, audio, waveform);
    wave.current = drawn;
    drawn.on("interaction", (to) => seek(to));
    // Loading forgets where the audio was.
    drawn.on("ready", () => drawn.setTime(wanted.current));
    return () => {
      audio.pause();
      drawn.destroy();
      audio.removeAttribute("src");
    };
  }, []);

  useEffect(() => {
    const told = new AbortController();
    const on = (name: string, listener: () => void): void =>
      audio.addEventListener(name, listener, { signal: told.signal });
    on("play", () => setPlaying(true));
    on("pause", () => setPlaying(false));
    on("ended", () => setPlaying(false));
    on("timeupdate", () => setAt(audio.currentTime));
    on("error", () => audio.hasAttribute("src") && onFailed());
    return () => told.abort();
  }, []);

  useEffect(() => onSecond(at), [at]);
  useEffect(() => {
    if (second !== null) seek(second);
  }, [second]);
  useEffect(() => {
    audio.playbackRate = speed;
  }, [speed]);
  useSilenceSkipping(audio, skipsSilence && isPlaying, props);

  const seek = (to: number): void => {
    const target = Math.max(0, Math.min(to, lengthSeconds - 0.05));
    wanted.current = target;
    // Audio that is not loaded yet tells nobody that its time has changed.
    wave.current?.setTime(target);
    setAt(target);
  };
  const toggle = (): void => {
    if (audio.paused) void audio.play().catch(onFailed);
    else audio.pause();
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const deed = keyDeeds({ toggle, seek, at: audio.currentTime, lengthSeconds, speed, setSpeed })[
      event.key
    ];
    const isField = event.target instanceof HTMLSelectElement;
    const isButton = event.target instanceof HTMLButtonElement && event.key === " ";
    if (deed === undefined || isField || isButton || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    deed();
  };
  return (
    <section class="player" aria-label="Player" onKeyDown={onKeyDown}>
      <div
        ref={canvas}
        class="wave"
        role="slider"
        tabIndex={0}
        aria-label="Position in the recording"
        aria-valuemin={0}
        aria-valuemax={Math.round(lengthSeconds)}
        aria-valuenow={Math.round(at)}
        aria-valuetext={`${spokenDuration(at * 1_000)} of ${spokenDuration(recording.duration)}`}
      />
      <div class="player-controls">
        <button
          type="button"
          class="button button-main player-play"
          aria-label={isPlaying ? "Pause" : "Play"}
          onClick={toggle}
        >
          <Icon name={isPlaying ? "pause" : "play"} />
        </button>
        <button type="button" class="button" onClick={() => seek(audio.currentTime - LEAP_SECONDS)}>
          −{LEAP_SECONDS} s<span class="unseen"> (back)</span>
        </button>
        <button type="button" class="button" onClick={() => seek(audio.currentTime + LEAP_SECONDS)}>
          +{LEAP_SECONDS} s<span class="unseen"> (on)</span>
        </button>
        <p class="player-time figures">
          <span data-position>{duration(at * 1_000)}</span>{" "}
          <span class="soft">of {duration(recording.duration)}</span>
        </p>
        <label class="player-speed">
          <span class="unseen">Speed</span>
          <select
            value={String(speed)}
            onChange={(event) => setSpeed(Number(event.currentTarget.value))}
          >
            {SPEEDS.map((one) => (
              <option key={one} value={String(one)}>
                {one} ×
              </option>
            ))}
          </select>
        </label>
        <button
          type="button"
          class="button"
          aria-pressed={skipsSilence}
          onClick={() => setSkipsSilence(!skipsSilence)}
        >
          Skip silence
        </button>
        <p class="player-keys soft" aria-hidden="true">
          <kbd>Space</kbd> play <kbd>←</kbd> <kbd>→</kbd> {STEP_SECONDS} s <kbd>J</kbd> <kbd>L</kbd>{" "}
          {LEAP_SECONDS} s <kbd>&lt;</kbd> <kbd>&gt;</kbd> speed
        </p>
      </div>
    </section>
  );
}

function audioOf(recordingKey: string): HTMLAudioElement {
  const audio = new Audio();
  audio.preload = "none";
  const path = `/api/v1/recordings/${encodeURIComponent(recordingKey)}/audio`;
  audio.src = addressOf(path, { format: "wav", use: "play" });
  return audio;
}

function drawWave(
  container: HTMLElement,
  media: HTMLAudioElement,
  { peaks, samples }: Waveform,
): WaveSurfer {
  const colour = (name: string): string => getComputedStyle(container).getPropertyValue(name);
  const nonce = document.querySelector<HTMLMetaElement>("meta[property=csp-nonce]")?.nonce;
  return WaveSurfer.create({
    ...{ container, media, height: 112, normalize: true, dragToSeek: true, hideScrollbar: true },
    ...{ barWidth: 2, barGap: 1, barRadius: 2, cursorWidth: 2 },
    peaks: [peaks.map((peak) => peak / PEAK_MOST)],
    duration: samples / 8_000,
    waveColor: colour("--wave"),
    progressColor: colour("--wave-played"),
    cursorColor: colour("--live"),
    ...(nonce === undefined ? {} : { cspNonce: nonce }),
  });
}

function useSilenceSkipping(
  audio: HTMLAudioElement,
  isOn: boolean,
  { waveform, recording }: PlayerProps,
): void {
  useEffect(() => {
    if (!isOn) return undefined;
    const silences = silencesOf(waveform, recording.pauses);
    let frame = 0;
    const look = (): void => {
      const to = skipFrom(silences, audio.currentTime);
      if (to !== null) audio.currentTime = to;
      frame = requestAnimationFrame(look);
    };
    look();
    return () => cancelAnimationFrame(frame);
  }, [isOn]);
}

interface Deeds {
  readonly toggle: () => void;
  readonly seek: (second: number) => void;
  readonly at: number;
  readonly lengthSeconds: number;
  readonly speed: number;
  readonly setSpeed: (speed: number) => void;
}

function keyDeeds(deeds: Deeds): Readonly<Record<string, () => void>> {
  const { toggle, seek, at, lengthSeconds, speed, setSpeed } = deeds;
  const faster = (by: number) => () => {
    const index = SPEEDS.findIndex((one) => one === speed) + by;
    setSpeed(SPEEDS[Math.max(0, Math.min(SPEEDS.length - 1, index))] ?? 1);
  };
  return {
    " ": toggle,
    k: toggle,
    ArrowLeft: () => seek(at - STEP_SECONDS),
    ArrowRight: () => seek(at + STEP_SECONDS),
    j: () => seek(at - LEAP_SECONDS),
    l: () => seek(at + LEAP_SECONDS),
    Home: () => seek(0),
    End: () => seek(lengthSeconds),
    "<": faster(-1),
    ">": faster(1),
  };
}
