// OPTIONS, a small and a large INVITE on each transport, and our BYE. All transports at once, the
// steps of one after each other. R9, R15, R23.  RFC 3261 §11, §13, §15
import type { TrafficRow } from "@tapeline/reports";
import {
  headerValue,
  headerValues,
  splitOutsideQuotes,
  type SipRequest,
  type SipResponse,
  type SipTarget,
  type SipTransportName,
} from "@tapeline/simulator/client";
import { judgeJournal, judgeNat, judgeVia, seenAs, type JournalComparison } from "./judge-alg.ts";
import {
  judgeAnswers,
  judgeAnswerSource,
  judgeAnswerTime,
  judgeClock,
  judgeHangUp,
  judgeNamedAddresses,
  type Demand,
} from "./judge-signalling.ts";
import { ANSWER_LIMIT_MS, contactPlace, type ProbeCall } from "./probe-call.ts";
import type { Probe, ProbeContext, ProbeResult, ValidateOptions } from "./probe.ts";
import { SipClient, type OptionsAnswer } from "./sip-client.ts";
import { sizeOf } from "./sip-request.ts";
import type { SignallingFacts, SignallingPlace, SignallingStep } from "./signalling-facts.ts";
import { portOf } from "./target.ts";
import type { Asked } from "./responder-channel.ts";
import { rejectionTraffic } from "./udp-rejection.ts";
import { sleep, until } from "./waiting.ts";
import { troubleWords } from "./words.ts";

export const LARGE_INVITE_BYTES = 1_400;
const OPTIONS_LIMIT_MS = 6_000;
/** Silence for so long: is it rejected? */
const QUICK_ANSWER_MS = 1_000;
const HANG_UP_LIMIT_MS = 5_000;
/** A burst of loss is no limit of size: the large INVITE is judged after so many tries. */
const LARGE_TRIES = 3;
/** The try's sendings within its limit, and ACK and BYE. */
const LARGE_REPEATS = (LARGE_TRIES - 1) * 8;
/** The IP Office's give-up time, besides what the small INVITE took. */
const LARGE_LIMIT_MS = 4_000;
/** The journal is read when the recording is complete. */
const JOURNAL_LIMIT_MS = 10_000;
const JOURNAL_LOOK_MS = 500;
/** No audio follows, so any port does. */
const SILENT_RTP_PORT = 49_152;

/** Name of the fact: transports on which nothing can be had, "udp tcp". */
export const REJECTED = "sip.rejected";
/** Name of the fact, and its JSON. */
export const SENT_INVITE = "sip.sent-invite";
export interface SentInvite extends Asked {
  readonly callId: string;
}

export const signallingProbe: Probe = {
  name: "signalling",
  isWanted: () => true,
  plan,
  run,
};

function plan({ target }: ValidateOptions): TrafficRow[] {
  const { recorder } = target;
  const rows = recorder.transports.map((transport) => ({
    what: "OPTIONS; INVITE, ACK, BYE twice (one INVITE of 1,400 bytes)",
    protocol: transport.toUpperCase(),
    to: `${recorder.host}:${portOf(recorder, transport)}`,
    // 7 requests, and the repeats of three that nobody answers: 7 each within the limits; the
    // large INVITE is tried again.
    packets: transport === "udp" ? 7 + 3 * 7 + LARGE_REPEATS : 7,
    bytes: transport === "udp" ? 7 * 700 + 3 * 7 * 1_000 + LARGE_REPEATS * 1_428 : 7 * 800,
    bitsPerSecond: 8_000,
    seconds: 15,
  }));
  return [...rows, rejectionTraffic(`${recorder.host}:${recorder.port}`)];
}

async function run(context: ProbeContext): Promise<ProbeResult> {
  const { options, ports } = context;
  const { recorder } = options.target;
  const client = new SipClient(
    { localHost: options.localHost, port: 0, recorderUser: recorder.user },
    ports,
  );
  await client.start();
  const place: SignallingPlace = {
    localHost: options.localHost,
    recorderHost: recorder.host,
    port: recorder.port,
    tlsPort: recorder.tlsPort,
  };
  const trials = await Promise.all(
    recorder.transports.map((transport) =>
      tryTransport(context, client, {
        transport,
        host: recorder.host,
        port: portOf(recorder, transport),
      }),
    ),
  );
  const facts = trials.flatMap((trial) => trial.facts);
  const comparison = await compareJournal(
    context,
    trials.flatMap(({ calls }) => calls),
  );
  await client.close();
  const seen = seenAs(facts);
  const rejects = facts.flatMap(({ step, transport, trouble }) =>
    step === "options" && trouble === "ECONNREFUSED" ? [transport] : [],
  );
  const product = facts.find((fact) => fact.product !== null)?.product ?? null;
  return {
    items: [
      ...judgeAnswers(facts, place, demandOf(options, facts)),
      judgeAnswerTime(facts, place),
      ...judgeHangUp(facts, place),
      ...judgeNamedAddresses(facts, place),
      judgeVia(facts, place),
      judgeJournal(comparison, place),
      judgeNat(facts, place),
      judgeAnswerSource(facts, place),
      judgeClock(facts, place),
    ],
    seen: {
      ...(seen === null ? {} : { mapped: `${seen.host}:${seen.port}` }),
      ...(product === null ? {} : { product }),
      ...(rejects.length === 0 ? {} : { [REJECTED]: rejects.join(" ") }),
      ...inviteSeen(trials.flatMap(({ calls }) => calls)),
    },
  };
}

/**
 * What was asked for must work. Without a word of the user UDP and TCP must, as a Tapeline recorder
 * has them from the start; another far end need not have TCP.
 */
function demandOf({ target }: ValidateOptions, facts: readonly SignallingFacts[]) {
  const { required } = target.recorder;
  const answers = facts.filter(({ status }) => status !== null);
  const isTapeline = answers.some(({ product }) => /tapeline/i.test(product ?? ""));
  return (transport: SipTransportName): Demand => {
    if (required !== null) return required.includes(transport) ? "must" : "may";
    if (transport === "tls") return "may";
    const isOther = answers.length > 0 && !isTapeline;
    return transport === "tcp" && isOther ? "may" : "must";
  };
}

interface TransportTrial {
  readonly facts: SignallingFacts[];
  readonly calls: ProbeCall[];
}

async function tryTransport(
  context: ProbeContext,
  client: SipClient,
  target: SipTarget,
): Promise<TransportTrial> {
  const { clock } = context.ports;
  const answer = client.options(target);
  const isKnown = (): boolean => answer.response !== null || answer.trouble !== null;
  const isSilent = !(await until(clock, isKnown, QUICK_ANSWER_MS));
  if (isSilent && (await isRejected(context, target))) answer.trouble = "ECONNREFUSED";
  await until(clock, isKnown, OPTIONS_LIMIT_MS);
  const facts = [optionsFacts(answer, target.transport, clock.wallTimeMs())];
  // Where TCP cannot even connect, or UDP is rejected, calls would only wait.
  const isDead =
    answer.response === null && (target.transport !== "udp" || answer.trouble === "ECONNREFUSED");
  if (isDead) {
    const trouble = answer.trouble ?? "no answer";
    const steps = ["invite-small", "invite-large"] as const;
    facts.push(...steps.map((step) => lostFacts(step, target.transport, trouble)));
    tell(context, facts);
    return { facts, calls: [] };
  }
  const small = await tryCall(context, client, { target, step: "invite-small" });
  const tries = target.transport === "udp" && small.call.isAnswered ? LARGE_TRIES : 1;
  const smallMs = small.facts.answerMs ?? 0;
  const limitMs = small.call.isAnswered ? LARGE_LIMIT_MS + 2 * smallMs : ANSWER_LIMIT_MS;
  let large = await tryCall(context, client, { target, step: "invite-large", limitMs });
  for (let number = 1; number < tries && large.facts.status === null; number += 1) {
    large = await tryCall(context, client, { target, step: "invite-large", limitMs });
  }
  facts.push(small.facts, large.facts);
  tell(context, facts);
  return { facts, calls: [small.call, large.call] };
}

async function isRejected({ ports }: ProbeContext, target: SipTarget): Promise<boolean> {
  if (target.transport !== "udp") return false;
  return (await ports.isUdpRejected?.({ host: target.host, port: target.port })) ?? false;
}

/** One call, hung up as soon as it is answered. */
async function tryCall(
  { ports: { clock } }: ProbeContext,
  client: SipClient,
  how: {
    readonly target: SipTarget;
    readonly step: "invite-small" | "invite-large";
    readonly limitMs?: number;
  },
): Promise<{ readonly call: ProbeCall; readonly facts: SignallingFacts }> {
  const { target, step, limitMs = ANSWER_LIMIT_MS + 1_000 } = how;
  const call = client.call({
    ...{ target, displayName: "Tapeline validation" },
    sizeBytes: step === "invite-large" ? LARGE_INVITE_BYTES : 0,
    ...{ rtpPort: SILENT_RTP_PORT, session: null, withholdAck: false },
  });
  const isSettled = await until(clock, () => call.isSettled, limitMs);
  const wallTimeMs = clock.wallTimeMs();
  if (isSettled) call.hangUp();
  else call.giveUp();
  await until(clock, () => call.isOver, HANG_UP_LIMIT_MS);
  return { call, facts: callFacts(call, step, wallTimeMs) };
}

function tell(context: ProbeContext, facts: readonly SignallingFacts[]): void {
  const transport = facts[0]?.transport.toUpperCase() ?? "";
  const words = facts.map(
    ({ step, status, trouble }) => `${step} ${status ?? troubleWords(trouble ?? "no answer")}`,
  );
  context.progress(`${transport}: ${words.join(", ")}`);
}

function lostFacts(
  step: SignallingStep,
  transport: SipTransportName,
  trouble: string,
): SignallingFacts {
  return {
    ...{ step, transport, trouble, sentBytes: 0, status: null, reason: "" },
    ...{ firstAnswerMs: null, answerMs: null, source: null, viaSent: "", viaBack: null },
    ...{ echoProblems: [], contactHost: null, contactPort: null, sdpHost: null, sdpPort: null },
    ...{ product: null, clockOffsetMs: null, byeStatus: null, byeTrouble: null },
  };
}

function optionsFacts(
  answer: OptionsAnswer,
  transport: SipTransportName,
  nowTimeMs: number,
): SignallingFacts {
  const { response, request } = answer;
  const lost = lostFacts("options", transport, answer.trouble ?? "no answer in 6 s");
  if (response === null) return { ...lost, sentBytes: answer.sentBytes };
  return {
    ...lost,
    ...echoFacts(request, response, nowTimeMs),
    sentBytes: answer.sentBytes,
    firstAnswerMs: answer.roundTripMs,
    answerMs: answer.roundTripMs,
    source: answer.source,
  };
}

function callFacts(call: ProbeCall, step: SignallingStep, nowTimeMs: number): SignallingFacts {
  const { request, response, description } = call;
  const { transport } = call.plan.target;
  const lost = lostFacts(step, transport, call.trouble ?? "no answer");
  if (request === null) return lost;
  const sentBytes = sizeOf(request);
  if (response === null || call.answeredMs === null) return { ...lost, sentBytes };
  const audio = description?.media.find(({ kind }) => kind === "audio");
  const contact = contactPlace(response);
  return {
    ...lost,
    ...echoFacts(request, response, nowTimeMs),
    sentBytes,
    firstAnswerMs: (call.firstAnswerMs ?? call.answeredMs) - call.invitedMs,
    answerMs: call.answeredMs - call.invitedMs,
    source: call.source,
    contactHost: contact?.host ?? null,
    contactPort: contact?.port ?? null,
    sdpHost: audio?.connectionHost ?? null,
    sdpPort: audio?.port ?? null,
    byeStatus: call.byeStatus,
    byeTrouble: call.byeTrouble,
  };
}

/** What an answer says of the request that reached the far end. */
function echoFacts(request: SipRequest, response: SipResponse, nowTimeMs: number) {
  const echoProblems = ["From", "Call-ID", "CSeq"].flatMap((name) => {
    const sent = headerValue(request, name) ?? "";
    const back = headerValue(response, name) ?? "";
    return sent === back ? [] : [`${name} was sent as "${sent}" and came back as "${back}"`];
  });
  const date = Date.parse(headerValue(response, "Date") ?? "");
  // A Date names the second in which it was written: half a second is its mean error.
  const clockOffsetMs = Number.isNaN(date) ? null : date + 500 - nowTimeMs;
  return {
    status: response.status,
    reason: response.reason,
    trouble: null,
    viaSent: topVia(request),
    viaBack: topVia(response),
    echoProblems,
    product: headerValue(response, "Server") ?? headerValue(response, "User-Agent"),
    clockOffsetMs,
  };
}

function topVia(message: SipRequest | SipResponse): string {
  const [line = ""] = headerValues(message, "Via");
  return splitOutsideQuotes(line, ",")[0] ?? "";
}

/** An INVITE that was answered over UDP, for a responder that says what it saw of it. */
function inviteSeen(calls: readonly ProbeCall[]): Readonly<Record<string, string>> {
  const call = calls.find(
    ({ isAnswered, plan: { target } }) => isAnswered && target.transport === "udp",
  );
  if (call?.request === undefined || call.request === null) return {};
  const { request } = call;
  const sent: SentInvite = {
    callId: call.dialog.callId,
    via: headerValue(request, "Via") ?? "",
    contact: headerValue(request, "Contact") ?? "",
    sdp: new TextDecoder().decode(request.body),
  };
  return { [SENT_INVITE]: JSON.stringify(sent) };
}

/** The INVITE of one answered call against the recorder's journal; null = no API was given. */
async function compareJournal(
  context: ProbeContext,
  calls: readonly ProbeCall[],
): Promise<JournalComparison | null> {
  const { api, ports } = context;
  if (api === null) return null;
  const call = calls.find(({ isAnswered }) => isAnswered);
  const transport = call?.plan.target.transport ?? "udp";
  if (call?.request === undefined || call.request === null) {
    return { transport, sent: "", received: null, why: "no call was answered" };
  }
  const sent = sentText(call.request);
  const endMs = ports.clock.nowMs() + JOURNAL_LIMIT_MS;
  for (;;) {
    const found = await api.find(call.dialog.callId);
    if (typeof found === "string") return { transport, sent, received: null, why: found };
    if (found !== null && found.invite !== null) {
      return { transport, sent, received: found.invite, why: "" };
    }
    if (ports.clock.nowMs() >= endMs) {
      return { transport, sent, received: null, why: "the journal was not there in 10 s" };
    }
    await sleep(ports.clock, JOURNAL_LOOK_MS);
  }
}

function sentText(request: SipRequest): string {
  const lines = request.headers.map(({ name, value }) => `${name}: ${value}`);
  const body = new TextDecoder().decode(request.body);
  return [`${request.method} ${request.uri} SIP/2.0`, ...lines, "", body].join("\r\n");
}
