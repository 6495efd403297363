// The load of the last hour or day as plots (uPlot): VCM channels and recordings, bandwidth,
// packets lost. The figures stand beside them in words, for who cannot see plots.
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { LoadHistory } from "../api/admin-types.ts";
import { addressOf } from "../api/client.ts";
import { useRefreshed } from "../api/refreshed.ts";
import { ProblemNote } from "../pieces/problem-note.tsx";
import { place, setQuery } from "../shell/router.ts";

const REFRESH_MS = 10_000;
const HEIGHT = 170;
const MEGA = 1e6;

type Points = LoadHistory["points"];

interface Line {
  readonly name: string;
  /** A colour of styles/tokens.css. */
  readonly colour: string;
  readonly values: (points: Points) => readonly number[];
}

interface PlotSpec {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
}

const PLOTS: readonly PlotSpec[] = [
  {
    title: "VCM channels and recordings",
    unit: "",
    lines: [
      { name: "VCM channels", colour: "--party-0", values: ({ vcmChannels }) => vcmChannels },
      { name: "Recordings", colour: "--party-2", values: ({ recordings }) => recordings },
    ],
  },
  {
    title: "Bandwidth, Mbit/s",
    unit: "Mbit/s",
    lines: [
      {
        name: "Bandwidth",
        colour: "--party-3",
        values: (points) => points.bandwidthBitsPerSecond.map((bits) => bits / MEGA),
      },
    ],
  },
  {
    title: "Packets a second, and lost",
    unit: "",
    lines: [
      { name: "Packets/s", colour: "--party-0", values: (points) => points.packetsPerSecond },
      { name: "Lost", colour: "--party-1", values: ({ packetsLost }) => packetsLost },
    ],
  },
];

export function LoadPlots() {
  const span = place.value.query.get("span") === "day" ? "day" : "hour";
  const { data, problem, reload } = useRefreshed<LoadHistory>(
    addressOf("/api/v1/system/history", { span }),
    REFRESH_MS,
  );
  return (
    <section class="card" aria-labelledby="load-plots">
      <div class="card-head">
        <h2 id="load-plots">Load</h2>
        <div class="buttons" role="group" aria-label="Span">
          {(["hour", "day"] as const).map((name) => (
            <button
              key={name}
              type="button"
              class="button"
              aria-pressed={span === name}
              onClick={() => setQuery({ span: name === "hour" ? undefined : name })}
            >
              Last {name}
            </button>
          ))}
        </div>
      </div>
      <ProblemNote problem={problem} title="The load could not be read" onRetry={reload} />
      <div class="plots">
        {data === undefined
          ? null
          : PLOTS.map((plot) => <Plot key={plot.title} plot={plot} points={data.points} />)}
      </div>
    </section>
  );
}

interface PlotProps {
  readonly plot: PlotSpec;
  readonly points: Points;
}

function Plot({ plot, points }: PlotProps) {
  const frame = useRef<HTMLDivElement>(null);
  const drawn = useRef<uPlot | null>(null);
  const data = useRef<uPlot.AlignedData>([[]]);
  data.current = [
    points.at.map((ms) => ms / 1_000),
    ...plot.lines.map(({ values }) => [...values(points)]),
  ];
  useEffect(() => {
    const element = frame.current;
    if (element === null) return undefined;
    const draw = (): void => {
      drawn.current?.destroy();
      drawn.current = new uPlot(optionsOf(plot, element), data.current, element);
    };
    draw();
    const resized = new ResizeObserver(() =>
      drawn.current?.setSize({ width: element.clientWidth, height: HEIGHT }),
    );
    resized.observe(element);
    // The colours are the theme's.
    const theme = matchMedia("(prefers-color-scheme: dark)");
    theme.addEventListener("change", draw);
    return () => {
      resized.disconnect();
      theme.removeEventListener("change", draw);
      drawn.current?.destroy();
      drawn.current = null;
    };
  }, [plot]);
  useEffect(() => drawn.current?.setData(data.current), [points]);
  return (
    <figure class="plot">
      <figcaption>
        <h3>{plot.title}</h3>
        <ul class="plot-legend">
          {plot.lines.map(({ name, colour, values }) => (
            <li key={name} class={`plot-line plot${colour}`}>
              {name}: <span class="figures">{written(values(points).at(-1), plot.unit)}</span>
              <span class="soft figures">
                , highest {written(Math.max(0, ...values(points)), plot.unit)}
              </span>
            </li>
          ))}
        </ul>
      </figcaption>
      <div ref={frame} class="plot-frame" aria-hidden="true" />
    </figure>
  );
}

function optionsOf({ lines }: PlotSpec, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string): string => style.getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: colour("--soft"),
    grid: { stroke: colour("--line"), width: 1 },
    ticks: { show: false },
    font: `11px ${style.fontFamily}`,
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 8, 0, 0],
    scales: { y: { range: (_plot, _low, high) => [0, Math.max(1, high * 1.15)] } },
    axes: [
      { ...axis, size: 28, space: 70, values: (_plot, seconds) => seconds.map(clockText) },
      { ...axis, size: 44 },
    ],
    series: [
      {},
      ...lines.map(({ name, colour: token }, index) => ({
        label: name,
        stroke: colour(token),
        width: 1.75,
        points: { show: false },
        ...(index === 0 ? { fill: `${colour(token)}22` } : {}),
      })),
    ],
  };
}

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });

function clockText(seconds: number): string {
  return CLOCK.format(seconds * 1_000);
}

function written(value: number | undefined, unit: string): string {
  const text = (value ?? 0).toLocaleString(undefined, { maximumFractionDigits: 2 });
  return unit === "" ? text : `${text} ${unit}`;
}
