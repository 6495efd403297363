// Hang-up from the recorder's side, and what silence does to the way back to us (NAT, stateful
// firewalls). An unmodified recorder can be made to send by three calls without audio: one whose
// 200 is never acknowledged (BYE after 32 s, RFC 3261 §13.3.1.4), one that the recorder has to
// refresh (after 45 s) and one that nobody refreshes (BYE after 60 s; RFC 4028 §7.2, §10).
import type { TrafficRow, ValidationItem } from "@tapeline/reports";
import { headerValue } from "@tapeline/simulator/client";
import { judgeContactInBye } from "./judge-alg.ts";
import { failed, notMeasured, passed, type ItemHead } from "./item.ts";
import { ANSWER_LIMIT_MS, type ProbeCall } from "./probe-call.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import { SipClient } from "./sip-client.ts";
import type { SignallingPlace } from "./signalling-facts.ts";
import { NAT_IDLE_SECONDS, REVERSE_BYE } from "./thresholds.ts";
import { sleep, until } from "./waiting.ts";

/** The shortest interval that RFC 4028 allows. */
const SESSION_SECONDS = 90;
const UNACKNOWLEDGED_MS = 32_000;
/** Half of the interval; the interval less a third. */
const REFRESH_MS = 45_000;
const EXPIRY_MS = 60_000;
/** On the way, and the recorder's own slack. */
const GRACE_MS = 4_000;
/** Keeps the mapping of the call without ACK alive, so that silence is not what is measured. */
const KEEP_ALIVE_MS = 8_000;
const SILENT_RTP_PORT = 49_154;

/** What the three calls came to; null = not tried, or not answered. */
export interface SilenceFacts {
  readonly place: SignallingPlace;
  /** Seconds until the recorder's request; null = none came. */
  readonly unacknowledged: { readonly byeSeconds: number | null } | null;
  readonly refresh: { readonly requestSeconds: number | null } | null;
  readonly expiry: { readonly byeSeconds: number | null } | null;
  readonly contactSent: string;
  readonly contactReceived: string | null;
  /** Why something was not tried. */
  readonly why: string;
}

export const silenceProbe: Probe = {
  name: "reverse path",
  isWanted: ({ target, forSeconds, rampTo }) =>
    target.recorder.transports.includes("udp") && forSeconds === null && rampTo === null,
  plan,
  run,
};

function limitsOf({ minutes }: ValidateOptions) {
  const ms = minutes * 60_000;
  return { hasBye: ms > UNACKNOWLEDGED_MS, hasSilence: ms >= EXPIRY_MS };
}

function plan(options: ValidateOptions): TrafficRow[] {
  const { hasBye, hasSilence } = limitsOf(options);
  const calls = (hasBye ? 1 : 0) + (hasSilence ? 2 : 0);
  if (calls === 0) return [];
  const { host, port } = options.target.recorder;
  return [
    {
      what: `${calls} silent calls that wait for the recorder to send`,
      protocol: "UDP",
      to: `${host}:${port}`,
      packets: calls * 20,
      bytes: calls * 20 * 800,
      bitsPerSecond: 2_000,
      seconds: hasSilence ? (EXPIRY_MS + GRACE_MS) / 1000 : (UNACKNOWLEDGED_MS + GRACE_MS) / 1000,
    },
  ];
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options } = context;
  const { recorder } = options.target;
  const { hasBye, hasSilence } = limitsOf(options);
  const place: SignallingPlace = {
    localHost: options.localHost,
    recorderHost: recorder.host,
    port: recorder.port,
    tlsPort: recorder.tlsPort,
  };
  if (
    context.seen("mapped") === undefined &&
    context.found("sip.udp.invite-small")?.verdict !== "pass"
  ) {
    return { items: judgeSilence({ ...nothing(place), why: "no call over UDP was answered" }) };
  }
  if (!hasBye) {
    const why = "needs calls of a minute: --minutes 1 or more";
    return { items: judgeSilence({ ...nothing(place), why }) };
  }
  const trials = await Promise.all([
    silentCall(context, { withholdAck: true, refresher: null, waitMs: UNACKNOWLEDGED_MS }),
    ...(hasSilence
      ? [
          silentCall(context, { withholdAck: false, refresher: "uas", waitMs: REFRESH_MS }),
          silentCall(context, { withholdAck: false, refresher: "uac", waitMs: EXPIRY_MS }),
        ]
      : []),
  ]);
  const [unacknowledged, refresh, expiry] = trials;
  const bye = unacknowledged?.call.theirBye ?? expiry?.call.theirBye ?? null;
  const seconds = (trial: Trial | undefined, at: (call: ProbeCall) => number | null) => {
    const ms = trial === undefined ? null : at(trial.call);
    return ms === null || trial === undefined ? null : (ms - trial.call.invitedMs) / 1000;
  };
  return {
    items: judgeSilence({
      place,
      unacknowledged: unacknowledged?.isAnswered
        ? { byeSeconds: seconds(unacknowledged, (call) => call.theirByeMs) }
        : null,
      refresh:
        refresh?.hasTimer === true
          ? { requestSeconds: seconds(refresh, (call) => call.theirRequestMs) }
          : null,
      expiry:
        expiry?.hasTimer === true
          ? { byeSeconds: seconds(expiry, (call) => call.theirByeMs) }
          : null,
      contactSent: unacknowledged?.call.dialog.contactUri ?? "",
      contactReceived: bye?.uri ?? null,
      why: hasSilence
        ? "the far end keeps no session timer (RFC 4028)"
        : "needs calls of a minute: --minutes 1 or more",
    }),
  };
}

function nothing(place: SignallingPlace): SilenceFacts {
  const none = { unacknowledged: null, refresh: null, expiry: null, contactReceived: null };
  return { place, ...none, contactSent: "", why: "" };
}

interface Trial {
  readonly call: ProbeCall;
  readonly isAnswered: boolean;
  /** The far end has agreed to a session timer. */
  readonly hasTimer: boolean;
}

/** A call on a UDP port of its own that says nothing more, and waits for the recorder. */
async function silentCall(
  context: ProbeContext,
  how: {
    readonly withholdAck: boolean;
    readonly refresher: "uac" | "uas" | null;
    readonly waitMs: number;
  },
): Promise<Trial> {
  const { options, ports } = context;
  const { recorder } = options.target;
  const { clock } = ports;
  const client = new SipClient(
    { localHost: options.localHost, port: 0, recorderUser: recorder.user },
    ports,
  );
  await client.start();
  const target = { transport: "udp", host: recorder.host, port: recorder.port } as const;
  const call = client.call({
    target,
    displayName: "Tapeline validation",
    sizeBytes: 0,
    rtpPort: SILENT_RTP_PORT,
    session: how.refresher === null ? null : { seconds: SESSION_SECONDS, refresher: how.refresher },
    withholdAck: how.withholdAck,
  });
  await until(clock, () => call.isSettled, ANSWER_LIMIT_MS);
  const endMs = call.invitedMs + how.waitMs + GRACE_MS;
  const isDone = (): boolean => call.theirRequestMs !== null || context.isStopped();
  while (call.isAnswered && !isDone() && clock.nowMs() < endMs) {
    const sliceMs = Math.min(KEEP_ALIVE_MS, endMs - clock.nowMs());
    if (how.withholdAck) client.options(target);
    await until(clock, isDone, sliceMs);
  }
  const { response } = call;
  const hasTimer = response !== null && headerValue(response, "Session-Expires") !== null;
  if (call.isUp) {
    call.hangUp();
    await until(clock, () => call.isOver, GRACE_MS);
  }
  // Our 200 to its request is on the way before the socket closes.
  await sleep(clock, 100);
  const { isAnswered } = call;
  await client.close();
  return { call, isAnswered, hasTimer };
}

const BYE_HEAD: ItemHead = {
  id: "sip.reverse-bye",
  group: "sip",
  title: "The recorder's BYE reaches us",
  threshold: REVERSE_BYE,
};
const IDLE_HEAD: ItemHead = {
  id: "nat.idle-time",
  group: "nat",
  title: "The way back stays open through silence (NAT, stateful firewall)",
  threshold: NAT_IDLE_SECONDS,
};

export function judgeSilence(facts: SilenceFacts): ValidationItem[] {
  const { place, contactSent, contactReceived } = facts;
  return [
    judgeReverseBye(facts),
    judgeIdle(facts),
    judgeContactInBye({ sent: contactSent, received: contactReceived, place }),
  ];
}

function judgeReverseBye({ place, unacknowledged, why }: SilenceFacts): ValidationItem {
  if (unacknowledged === null) return notMeasured(BYE_HEAD, why);
  const { byeSeconds } = unacknowledged;
  const flow = {
    protocol: "UDP",
    from: place.recorderHost,
    to: place.localHost,
    port: "our SIP port",
  } as const;
  const head = { ...BYE_HEAD, flow };
  if (byeSeconds !== null) {
    const measured = `came after ${byeSeconds.toFixed(1)} s without our ACK`;
    return passed(head, { measured, value: byeSeconds, unit: "s" });
  }
  return failed(head, {
    measured: "none came in 36 s, though our 200 was never acknowledged",
    remedy: `Let UDP from ${place.recorderHost} port ${place.port} reach the SIP port of ${place.localHost}: the recorder's own requests (BYE, session refresh) do not arrive, its answers do. Open that direction on firewalls and NAT between.`,
  });
}

function judgeIdle({ place, unacknowledged, refresh, expiry, why }: SilenceFacts): ValidationItem {
  if (refresh === null && expiry === null) return notMeasured(IDLE_HEAD, why);
  const flow = {
    protocol: "UDP",
    from: place.recorderHost,
    to: place.localHost,
    port: "our SIP port",
  } as const;
  const head = { ...IDLE_HEAD, flow };
  if (expiry !== null && expiry.byeSeconds !== null) {
    const measured = `open after ${Math.round(expiry.byeSeconds)} s of silence`;
    return passed(head, { measured, value: expiry.byeSeconds, unit: "s" });
  }
  if (unacknowledged?.byeSeconds === null) {
    return notMeasured(head, "no request of the recorder arrives at all, silence or not");
  }
  const isOpenAtRefresh = refresh !== null && refresh.requestSeconds !== null;
  const seconds = isOpenAtRefresh ? 60 : 45;
  return failed(head, {
    measured: `closed within ${seconds} s of silence${isOpenAtRefresh ? ", open after 45 s" : ""}`,
    value: seconds,
    unit: "s",
    remedy: `Keep UDP mappings between ${place.localHost} and ${place.recorderHost} port ${place.port} open for 2 minutes or more (RFC 4787 REQ-5) on the NAT or firewall between, or give the IP Office a fixed mapping: after ${seconds} s of silence the recorder's requests no longer arrive.`,
  });
}
