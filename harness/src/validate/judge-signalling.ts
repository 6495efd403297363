// Judges OPTIONS and INVITE on each transport, hang-up, answer time and the addresses in answers.
// Pure: facts in, items out.  RFC 3261 §11, §13, §15, §18.1.1; R9, R12, R15, R23
import type { FlowEnds, ValidationItem } from "@tapeline/reports";
import type { SipTransportName } from "@tapeline/simulator/client";
import { failed, notMeasured, passed, warned, type ItemHead } from "./item.ts";
import { isLoopback, isWildcard } from "./public-address.ts";
import {
  portFor,
  type SignallingFacts,
  type SignallingPlace,
  type SignallingStep,
} from "./signalling-facts.ts";
import {
  ANSWER_MS,
  ANSWERED,
  below,
  CLOCK_OFFSET_MS,
  INVITE_BYTES,
  limitFor,
  REACHABLE_ADDRESS,
  SAME_SOURCE,
} from "./thresholds.ts";
import { milliseconds, place as written, troubleWords } from "./words.ts";

const STEP_TITLES: Readonly<Record<SignallingStep, string>> = {
  options: "OPTIONS",
  "invite-small": "INVITE",
  "invite-large": "INVITE of 1,400 bytes",
};

/** How much a transport is needed: must work, should, or only may be there. */
export type Demand = "must" | "should" | "may";

/** One row for each request on each transport. */
export function judgeAnswers(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
  demand: (transport: SipTransportName) => Demand,
): ValidationItem[] {
  return facts.map((fact) => {
    const item = judgeAnswer(fact, facts, place);
    const isSilent = facts.every(
      ({ transport, status }) => transport !== fact.transport || status === null,
    );
    const wish = demand(fact.transport);
    if (item.verdict !== "fail" || !isSilent || wish === "must") return item;
    if (wish === "should") return { ...item, verdict: "warn" };
    const why = `${item.measured}; ${fact.transport.toUpperCase()} was not asked for (--transports)`;
    return { ...item, verdict: "not-measured", measured: why, remedy: null };
  });
}

function judgeAnswer(
  fact: SignallingFacts,
  all: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem {
  const { step, transport } = fact;
  const flow = flowOf(place, transport);
  const head: ItemHead = {
    id: `sip.${transport}.${step}`,
    group: "sip",
    title: `${STEP_TITLES[step]} over ${transport.toUpperCase()}`,
    threshold: step === "invite-large" && transport === "udp" ? INVITE_BYTES : ANSWERED,
    flow,
  };
  if (fact.status !== null && fact.status < 300 && fact.answerMs !== null) {
    const measured = `${fact.status} in ${milliseconds(fact.answerMs)} (${fact.sentBytes} bytes sent)`;
    return passed(head, { measured, value: fact.answerMs, unit: "ms" });
  }
  if (fact.status !== null) return refusedAnswer(fact, head, flow);
  const smallPassed = all.some(
    (other) => other.transport === transport && other.status !== null && other.step !== step,
  );
  const found = { measured: troubleWords(fact.trouble ?? "no answer") };
  // The way is open, since calls are answered: it is the far end that does not know OPTIONS.
  if (step === "options" && smallPassed) {
    const remedy = `Let ${flow.to} answer OPTIONS on ${flow.protocol} port ${flow.port} from ${flow.from}: the IP Office probes its SIP lines with them. INVITE is answered there.`;
    return warned(head, { ...found, remedy });
  }
  return failed(head, { ...found, remedy: silenceRemedy(fact, flow, smallPassed) });
}

function refusedAnswer(fact: SignallingFacts, head: ItemHead, flow: FlowEnds): ValidationItem {
  const measured = `${fact.status} ${fact.reason} in ${milliseconds(fact.answerMs ?? 0)}`;
  const { from, to, port, protocol } = flow;
  const remedies: Readonly<Record<number, string>> = {
    403: `The recorder at ${to} answers ${from} with 403: add ${from} to sip.allow of the recorder for the time of the validation.`,
    488: `The recorder at ${to} refuses G.711 µ-law: allow PCMU for SIP calls from ${from} to ${protocol} ${port}.`,
    503: `The recorder at ${to} is at a limit (503): look at its /readyz and free disk, then call ${protocol} ${port} from ${from} again.`,
  };
  const other = `Something at ${protocol} ${port} of ${to} answers ${from} with ${fact.status} ${fact.reason}: make sure that this port is the recorder's SIP Message Port.`;
  const remedy = remedies[fact.status ?? 0] ?? other;
  // A refused OPTIONS still shows the way; a refused call is no recording.
  return fact.step === "options"
    ? warned(head, { measured, remedy })
    : failed(head, { measured, remedy });
}

function silenceRemedy(fact: SignallingFacts, flow: FlowEnds, smallPassed: boolean): string {
  const { from, to, port } = flow;
  const transport = fact.transport.toUpperCase();
  if (fact.step === "invite-large" && smallPassed) {
    return fact.transport === "udp"
      ? `Let UDP datagrams of 1,400 bytes and IP fragments pass from ${from} to ${to} port ${port}: the small INVITE is answered, the large one is not. Check the MTU of tunnels and VPNs on the way, or let the IP Office use TCP ${port}.`
      : `Let ${transport} segments of full size pass from ${from} to ${to} port ${port}: the small INVITE is answered, the one of 1,400 bytes is not. Check MTU and MSS of tunnels on the way.`;
  }
  if (fact.step !== "options" && smallPassed) {
    return `Let SIP INVITE pass from ${from} to ${to} ${transport} port ${port}: OPTIONS is answered, INVITE is not. Switch off SIP inspection (ALG) on the firewalls between.`;
  }
  const refused = /REFUSED/i.test(fact.trouble ?? "");
  if (fact.transport !== "udp" && refused) {
    return `Connections from ${from} to ${to} TCP port ${port} are rejected: start the recorder's ${transport} transport (sip.transports), or remove the rule that rejects TCP ${port} from ${from} to ${to}.`;
  }
  if (refused) {
    return `Datagrams from ${from} to ${to} UDP port ${port} are rejected (ICMP port unreachable): start the recorder there, or remove the rule that rejects UDP port ${port} from ${from} to ${to}.`;
  }
  const protocol = fact.transport === "udp" ? "UDP" : "TCP";
  return `Open ${protocol} port ${port} from ${from} to ${to}, both ways: ${transport} requests get no answer. If it is open, start the recorder there and check sip.transports and sip.allow.`;
}

function flowOf(place: SignallingPlace, transport: SipTransportName): FlowEnds {
  return {
    protocol: transport === "udp" ? "UDP" : transport === "tcp" ? "TCP" : "TLS",
    from: place.localHost,
    to: place.recorderHost,
    port: String(portFor(place, transport)),
  };
}

/** How long a call waits for its answer: the IP Office gives up after 4 s. */
export function judgeAnswerTime(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem {
  const head: ItemHead = {
    id: "sip.answer-time",
    group: "sip",
    title: "Slowest answer to an INVITE",
    threshold: limitFor("fail", ANSWER_MS),
  };
  const times = facts
    .filter(({ step, status }) => step !== "options" && status !== null && status < 300)
    .flatMap((fact) => (fact.answerMs === null ? [] : [{ fact, ms: fact.answerMs }]));
  const [slowest] = times.sort((left, right) => right.ms - left.ms);
  if (slowest === undefined) return notMeasured(head, "no INVITE was answered");
  const verdict = below(slowest.ms, ANSWER_MS);
  const flow = flowOf(place, slowest.fact.transport);
  const finding = {
    measured: `${milliseconds(slowest.ms)} over ${slowest.fact.transport.toUpperCase()}`,
    value: slowest.ms,
    unit: "ms",
  };
  const full: ItemHead = { ...head, flow, threshold: limitFor(verdict, ANSWER_MS) };
  if (verdict === "pass") return passed(full, finding);
  const remedy =
    `The recorder at ${flow.to} takes ${milliseconds(slowest.ms)} to answer on ${flow.protocol} port ${flow.port} from ${flow.from}; ` +
    `the IP Office gives up after 4 s. Look for a slow disk or an overloaded machine at the recorder, and for loss of SIP on the way.`;
  return verdict === "fail"
    ? failed(full, { ...finding, remedy })
    : warned(full, { ...finding, remedy });
}

/** Our BYE, on each transport that had a call. */
export function judgeHangUp(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem[] {
  const calls = facts.filter(
    ({ step, status }) => step === "invite-small" && status !== null && status < 300,
  );
  return calls.map((fact) => {
    const flow = flowOf(place, fact.transport);
    const head: ItemHead = {
      id: `sip.${fact.transport}.bye`,
      group: "sip",
      title: `Our BYE over ${fact.transport.toUpperCase()}`,
      threshold: { text: "answered with 200", source: "RFC 3261 §15.1.2" },
      flow,
    };
    if (fact.byeStatus === 200) return passed(head, { measured: "200" });
    const to = fact.contactHost ?? flow.to;
    return failed(head, {
      measured: fact.byeStatus === null ? (fact.byeTrouble ?? "no answer") : `${fact.byeStatus}`,
      remedy: `Let SIP BYE pass from ${flow.from} to ${written(to, fact.contactPort ?? flow.port)} over ${flow.protocol}: it goes to the address of the recorder's Contact. Correct recorder.address, or open that way.`,
    });
  });
}

/** The addresses that the recorder names for SIP and RTP must be ones that can be called (R12). */
export function judgeNamedAddresses(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem[] {
  const call = facts.find(({ sdpHost, contactHost }) => sdpHost !== null || contactHost !== null);
  const rows = [
    {
      id: "sip.contact-address",
      title: "Address in the recorder's Contact",
      host: call?.contactHost ?? null,
      port: call?.contactPort ?? place.port,
      protocol: call?.transport === "udp" || call === undefined ? "UDP" : "TCP",
    },
    {
      id: "media.sdp-address",
      title: "Address in the recorder's SDP answer",
      host: call?.sdpHost ?? null,
      port: call?.sdpPort ?? 0,
      protocol: "UDP",
    },
  ] as const;
  return rows.map(({ id, title, host, port, protocol }) => {
    const head: ItemHead = {
      id,
      group: id.startsWith("sip") ? "sip" : "media",
      title,
      threshold: REACHABLE_ADDRESS,
    };
    if (host === null) return notMeasured(head, "no call was answered with one");
    const flow = { protocol, from: place.localHost, to: host, port: String(port) } as const;
    const measured = written(host, port);
    if (host === place.recorderHost) return passed({ ...head, flow }, { measured });
    const change = `Set recorder.address of the recorder to ${place.recorderHost} (or the address that ${place.localHost} can reach), and open ${protocol} port ${port} from ${place.localHost} to it; it now tells callers to send to ${measured}.`;
    const isUseless = isWildcard(host) || (isLoopback(host) && !isLoopback(place.recorderHost));
    return isUseless
      ? failed({ ...head, flow }, { measured, remedy: change })
      : warned({ ...head, flow }, { measured, remedy: change });
  });
}

/** Answers must come from where the request went, or firewalls on the way drop them. */
export function judgeAnswerSource(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem {
  const head: ItemHead = {
    id: "path.answer-source",
    group: "path",
    title: "Answers come back on the way that requests go",
    threshold: SAME_SOURCE,
  };
  const heard = facts.filter(({ source }) => source !== null);
  if (heard.length === 0) return notMeasured(head, "nothing was answered");
  const other = heard.find(
    ({ source, transport }) =>
      source !== null &&
      (source.host !== place.recorderHost || source.port !== portFor(place, transport)),
  );
  if (other?.source === undefined || other.source === null) {
    return passed(head, { measured: `all from ${place.recorderHost}` });
  }
  const flow = flowOf(place, other.transport);
  const measured = `from ${written(other.source.host, other.source.port)}`;
  return failed(
    { ...head, flow },
    {
      measured,
      remedy: `Make the way back the same as the way there: ${flow.protocol} to ${flow.to} port ${flow.port} from ${flow.from} is answered by ${written(other.source.host, other.source.port)}. Bind the recorder to ${flow.to}, or correct the route or NAT there.`,
    },
  );
}

/** The recorder's clock by the Date of its answers. */
export function judgeClock(
  facts: readonly SignallingFacts[],
  place: SignallingPlace,
): ValidationItem {
  const head: ItemHead = {
    id: "path.clock-offset",
    group: "path",
    title: "Recorder's clock against this machine's",
    threshold: limitFor("warn", CLOCK_OFFSET_MS),
  };
  const offsets = facts.flatMap(({ clockOffsetMs }) =>
    clockOffsetMs === null ? [] : [clockOffsetMs],
  );
  // A Date has whole seconds: the smallest offset seen is the nearest to the truth.
  const [offset] = offsets.sort((left, right) => Math.abs(left) - Math.abs(right));
  if (offset === undefined) return notMeasured(head, "the far end's answers carry no Date");
  const verdict = below(Math.abs(offset), CLOCK_OFFSET_MS);
  const direction = offset > 0 ? "ahead" : "behind";
  const finding = {
    measured:
      Math.abs(offset) < 1_000 ? "within 1 s" : `${milliseconds(Math.abs(offset))} ${direction}`,
    value: offset,
    unit: "ms",
  };
  const full: ItemHead = { ...head, threshold: limitFor(verdict, CLOCK_OFFSET_MS) };
  if (verdict === "pass") return passed(full, finding);
  const remedy = `Set the clocks right by NTP (UDP port 123) on the recorder ${place.recorderHost}, the IP Office and this machine ${place.localHost}: the recorder's is ${finding.measured}.`;
  return verdict === "fail"
    ? failed(full, { ...finding, remedy })
    : warned(full, { ...finding, remedy });
}
