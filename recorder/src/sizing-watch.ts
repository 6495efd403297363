// At run time: how near the load is to what there is of VCM channels (R16) and bandwidth, so that a
// warning comes before either runs out. A stage: loads in, warnings out; no clock, no I/O.
import type { OfficeLoad } from "./facts-contract.ts";
import { STREAM_BITS, vcmNeeded } from "./sizing.ts";

export interface CapacityLimits {
  /** VCM channels of each IP Office; 0 = not watched (Linux servers have none). */
  readonly vcmChannels: number;
  /** The way from the IP Offices to this recorder; null = not watched. */
  readonly uplinkBitsPerSecond: number | null;
  /** A warning comes at this share of either, in percent. */
  readonly warnAtPercent: number;
}

export type CapacityCode = "VCM_SHORT" | "BANDWIDTH_SHORT";

/** A limit has come near, or is far again. */
export interface CapacityNews {
  readonly code: CapacityCode;
  readonly subject: string;
  readonly isShort: boolean;
  /** Nothing is left at all. */
  readonly isExhausted: boolean;
  readonly detail: string;
}

export interface CapacityFigures {
  /** The most that one IP Office needs now. */
  readonly vcmChannelsNeeded: number;
  readonly bandwidthBitsPerSecond: number;
}

/** A warning ends this much below the share at which it came: no flutter. */
const HYSTERESIS_PERCENT = 5;

export class SizingWatch {
  readonly #limits: CapacityLimits;
  readonly #short = new Set<string>();

  constructor(limits: CapacityLimits) {
    this.#limits = limits;
  }

  /** `recordings`: all in progress, also those that no IP Office was asked for. */
  push(
    loads: readonly OfficeLoad[],
    recordings: number,
  ): { readonly news: readonly CapacityNews[]; readonly figures: CapacityFigures } {
    const { vcmChannels, uplinkBitsPerSecond } = this.#limits;
    const bits = recordings * STREAM_BITS.ethernet;
    const news: CapacityNews[] = [];
    for (const load of vcmChannels > 0 ? loads : []) {
      const { pbx, calls, queued } = load;
      const used = vcmNeeded(load);
      const sum = `${calls} calls + ${load.recordings} recordings + ${queued} queued = ${used}`;
      const detail = `IP Office ${pbx}: ${sum} of ${vcmChannels} VCM channels`;
      news.push(...this.#judge("VCM_SHORT", pbx, { used, limit: vcmChannels, detail }));
    }
    if (uplinkBitsPerSecond !== null) {
      const [used, limit] = [bits, uplinkBitsPerSecond];
      const detail = `${recordings} recordings need ${megabits(used)} of ${megabits(limit)}`;
      news.push(...this.#judge("BANDWIDTH_SHORT", "uplink", { used, limit, detail }));
    }
    const vcmChannelsNeeded = Math.max(0, ...loads.map(vcmNeeded));
    return { news, figures: { vcmChannelsNeeded, bandwidthBitsPerSecond: bits } };
  }

  #judge(
    code: CapacityCode,
    subject: string,
    {
      used,
      limit,
      detail,
    }: { readonly used: number; readonly limit: number; readonly detail: string },
  ): CapacityNews[] {
    const key = `${code} ${subject}`;
    const percent = (used / limit) * 100;
    const { warnAtPercent } = this.#limits;
    const isShort = percent >= warnAtPercent;
    const isExhausted = used >= limit;
    if (isShort) {
      const isNew = !this.#short.has(key);
      this.#short.add(key);
      return isNew ? [{ code, subject, isShort, isExhausted, detail }] : [];
    }
    if (percent > warnAtPercent - HYSTERESIS_PERCENT || !this.#short.delete(key)) return [];
    return [{ code, subject, isShort, isExhausted, detail }];
  }
}

function megabits(bits: number): string {
  return `${(bits / 1e6).toFixed(2)} Mbit/s`;
}
