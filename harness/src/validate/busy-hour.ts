// The busy hour of a site as calls with beginnings and lengths: what --site plays. Pure, of a seed.
// Calls come at random times (Poisson) and last at random (exponential), as telephone traffic is
// reckoned since Erlang; the mean of calls at the same time is calls an hour × length.
import type { Site } from "@tapeline/simulator/pbx";

/** Where the site says nothing: each user has so many calls in the busy hour, so long. Ours. */
export const CALLS_A_USER_HOUR = 4;
export const TALK_SECONDS = 180;

export interface BusyHour {
  readonly callsPerHour: number;
  readonly talkSeconds: number;
  /** Calls that the site can have at once: lines of its trunks and calls between its phones. */
  readonly most: number;
  readonly source: string;
}

export interface PlannedCall {
  readonly beginMs: number;
  readonly lengthMs: number;
}

export function busyHourOf(site: Site): BusyHour {
  const channels = site.trunks.reduce((sum, trunk) => sum + trunk.channels, 0);
  const most = Math.max(1, Math.min(site.users.length, channels === 0 ? Infinity : channels));
  if (site.busyHour !== null) {
    return {
      callsPerHour: site.busyHour.calls,
      talkSeconds: site.busyHour.talkSeconds,
      most: Math.max(most, 1),
      source: "busyHour of the site",
    };
  }
  return {
    callsPerHour: site.users.length * CALLS_A_USER_HOUR,
    talkSeconds: TALK_SECONDS,
    most,
    source: `${site.users.length} users × ${CALLS_A_USER_HOUR} calls of ${TALK_SECONDS} s (ours; busyHour in the site says otherwise)`,
  };
}

/** Calls at the same time on average. */
export function erlangs({ callsPerHour, talkSeconds }: BusyHour): number {
  return (callsPerHour * talkSeconds) / 3600;
}

/**
 * So many minutes out of the middle of that hour: calls are already up at the beginning, and those
 * that would last longer end with it. A call that finds all lines busy does not come.
 */
export function planCalls(
  hour: BusyHour,
  options: { readonly minutes: number; readonly fraction: () => number },
): PlannedCall[] {
  const { minutes, fraction } = options;
  const lengthMs = minutes * 60_000;
  const meanGapMs = 3_600_000 / Math.max(hour.callsPerHour, 1e-9);
  const exponential = (mean: number): number => -Math.log(1 - fraction()) * mean;
  const talkMs = (): number => exponential(hour.talkSeconds * 1000);
  const wanted: PlannedCall[] = [];
  const atStart = Math.min(hour.most, Math.round(erlangs(hour)));
  // Without memory: what is left of a call that is up is as long as a new one.
  for (let call = 0; call < atStart; call += 1) wanted.push({ beginMs: 0, lengthMs: talkMs() });
  for (let atMs = exponential(meanGapMs); atMs < lengthMs; atMs += exponential(meanGapMs)) {
    wanted.push({ beginMs: atMs, lengthMs: talkMs() });
  }
  return admitted(wanted, hour.most).map(({ beginMs, lengthMs: talk }) => ({
    beginMs,
    lengthMs: Math.min(talk, lengthMs - beginMs),
  }));
}

function admitted(calls: readonly PlannedCall[], most: number): PlannedCall[] {
  const taken: PlannedCall[] = [];
  for (const call of calls) {
    const up = taken.filter(({ beginMs, lengthMs }) => beginMs + lengthMs > call.beginMs);
    if (up.length < most) taken.push(call);
  }
  return taken;
}

/** The most calls of a plan that are up at the same time. */
export function peakOf(calls: readonly PlannedCall[]): number {
  return calls.reduce((peak, { beginMs }) => {
    const up = calls.filter(
      (call) => call.beginMs <= beginMs && call.beginMs + call.lengthMs > beginMs,
    );
    return Math.max(peak, up.length);
  }, 0);
}
