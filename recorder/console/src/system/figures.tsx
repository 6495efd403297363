// The load in figures, now and at its peak since the start: recordings, VCM channels (R16),
// bandwidth; packets and what was lost of them.
import type { ComponentChildren } from "preact";
import type { System } from "../api/admin-types.ts";
import { Moment } from "../pieces/moment.tsx";
import { Tile } from "../pieces/tile.tsx";

const WARN_SHARE = 0.8;
const LOSS_WARN = 0.001;
const LOSS_BAD = 0.01;

type Tone = "good" | "warn" | "bad";

export function Figures({ system }: { readonly system: System }) {
  const { load, packets, work } = system;
  return (
    <dl class="tiles" aria-label="Load">
      {load === null ? null : (
        <>
          <Tile name="Recordings" value={load.recordings.now}>
            <PeakNote peak={load.recordings.peak} write={String} />
          </Tile>
          <Tile
            name="VCM channels"
            value={ofLimit(load.vcm, String)}
            {...toned(toneOf(load.vcm.now, load.vcm.limit))}
          >
            <PeakNote peak={load.vcm.peak} write={String} />
          </Tile>
          <Tile
            name="Bandwidth"
            value={ofLimit(load.bandwidth, bitRate)}
            {...toned(toneOf(load.bandwidth.now, load.bandwidth.limit))}
          >
            <PeakNote peak={load.bandwidth.peak} write={bitRate} />
          </Tile>
          <Tile name="Calls" value={load.calls}>
            {load.queued} queued
          </Tile>
        </>
      )}
      <Tile name="Packets lost" value={percent(packets.lossRatio)} {...toned(lossTone(packets))}>
        of {packets.received.toLocaleString()} received
      </Tile>
      <Tile
        name="Dropped here"
        value={packets.kernelDrops.toLocaleString()}
        {...toned(packets.kernelDrops > 0 ? "bad" : undefined)}
      >
        {packets.stray.toLocaleString()} stray, {packets.ambiguous.toLocaleString()} ambiguous
      </Tile>
      <Tile name="Listening now" value={work.listeners}>
        {work.listeners === 1 ? "person" : "people"}
      </Tile>
      <Tile name="To be stored" value={work.stores}>
        {work.webhooks} messages waiting
      </Tile>
    </dl>
  );
}

interface PeakProps {
  readonly peak: { readonly value: number; readonly at: string | null };
  readonly write: (value: number) => string;
}

function PeakNote({ peak, write }: PeakProps): ComponentChildren {
  if (peak.at === null) return "peak: none yet";
  return (
    <>
      peak {write(peak.value)}, <Moment at={peak.at} />
    </>
  );
}

function ofLimit(
  { now, limit }: { readonly now: number; readonly limit: number | null },
  write: (value: number) => string,
): ComponentChildren {
  if (limit === null) return write(now);
  return (
    <>
      {write(now)} <span class="soft tile-limit">of {write(limit)}</span>
    </>
  );
}

function toned(tone: Tone | undefined): { readonly tone?: Tone } {
  return tone === undefined ? {} : { tone };
}

function toneOf(now: number, limit: number | null): Tone | undefined {
  if (limit === null || limit === 0) return undefined;
  if (now >= limit) return "bad";
  return now >= limit * WARN_SHARE ? "warn" : undefined;
}

function lossTone({ lossRatio, received }: System["packets"]): Tone | undefined {
  if (received === 0) return undefined;
  if (lossRatio >= LOSS_BAD) return "bad";
  return lossRatio >= LOSS_WARN ? "warn" : "good";
}

function percent(ratio: number): string {
  return `${(ratio * 100).toLocaleString(undefined, { maximumFractionDigits: 2 })} %`;
}

/** "3.5 Mbit/s". */
export function bitRate(bitsPerSecond: number): string {
  const [value, unit] =
    bitsPerSecond >= 1e6 ? [bitsPerSecond / 1e6, "Mbit/s"] : [bitsPerSecond / 1e3, "kbit/s"];
  return `${value.toLocaleString(undefined, { maximumFractionDigits: 1 })} ${unit}`;
}
