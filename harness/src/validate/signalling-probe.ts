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
import { sleep, until } from "./waiting.ts";
import { troubleWords } from "./words.ts";

export const LARGE_INVITE_BYTES = 1_400;
const OPTIONS_LIMIT_MS = 6_000;
const HANG_UP_LIMIT_MS = 5_000;
/** The journal is read when the recording is complete. */
const JOURNAL_LIMIT_MS = 10_000;
const JOURNAL_LOOK_MS = 500;
/** No audio follows, so any port does. */
const SILENT_RTP_PORT = 49_152;

export const signallingProbe: Probe = {
  name: "signalling",
  isWanted: () => true,
  plan,
  run,
};

function plan({ target }: ValidateOptions): TrafficRow[] {
  const { recorder } = target;
  return recorder.transports.map((transport) => ({
    what: "OPTIONS; INVITE, ACK, BYE twice (one INVITE of 1,400 bytes)",
    protocol: transport.toUpperCase(),
    to: `${recorder.host}:${portOf(recorder, transport)}`,
    // 7 requests, and the repeats of three that nobody answers: 7 each within the limits.
    packets: transport === "udp" ? 7 + 3 * 7 : 7,
    bytes: transport === "udp" ? 7 * 700 + 3 * 7 * 1_000 : 7 * 800,
    bitsPerSecond: 8_000,
    seconds: 15,
  }));
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
  await until(clock, () => answer.response !== null || answer.trouble !== null, OPTIONS_LIMIT_MS);
  const facts = [optionsFacts(answer, target.transport, clock.wallTimeMs())];
  const calls: ProbeCall[] = [];
  // Where TCP cannot even connect, calls would only wait.
  const isDead = target.transport !== "udp" && answer.response === null;
  for (const step of ["invite-small", "invite-large"] as const) {
    if (isDead) {
      facts.push(lostFacts(step, target.transport, answer.trouble ?? "no answer"));
      continue;
    }
    const call = client.call({
      target,
      displayName: "Tapeline validation",
      sizeBytes: step === "invite-large" ? LARGE_INVITE_BYTES : 0,
      rtpPort: SILENT_RTP_PORT,
      session: null,
      withholdAck: false,
    });
    await until(clock, () => call.isSettled, ANSWER_LIMIT_MS + 1_000);
    const wallTimeMs = clock.wallTimeMs();
    call.hangUp();
    await until(clock, () => call.isOver, HANG_UP_LIMIT_MS);
    calls.push(call);
    facts.push(callFacts(call, step, wallTimeMs));
  }
  context.progress(
    `${target.transport.toUpperCase()}: ${facts.map(({ step, status, trouble }) => `${step} ${status ?? troubleWords(trouble ?? "no answer")}`).join(", ")}`,
  );
  return { facts, calls };
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
