// The judging halves of the probes: numbers in, items out; and the E-model, addresses, words, ramp
// and busy hour, which are pure as well.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loadSite } from "@tapeline/simulator/pbx";
import {
  readCalls,
  readHostPort,
  readLength,
  readMinutes,
  readRamp,
  readRecorder,
} from "../../src/validate/arguments.ts";
import { busyHourOf, erlangs, peakOf, planCalls } from "../../src/validate/busy-hour.ts";
import { digestOf } from "../../src/validate/devlink3-login.ts";
import { mosOf, rating } from "../../src/validate/e-model.ts";
import {
  changesOf,
  judgeContactInBye,
  judgeJournal,
  judgeNat,
  judgeVia,
} from "../../src/validate/judge-alg.ts";
import { judgeDscp } from "../../src/validate/judge-dscp.ts";
import { judgeMedia, readMedia, type MediaFacts } from "../../src/validate/judge-media.ts";
import { judgeOffice, type OfficeFacts } from "../../src/validate/judge-office.ts";
import {
  judgeAnswers,
  judgeAnswerSource,
  judgeAnswerTime,
} from "../../src/validate/judge-signalling.ts";
import { TrafficMeter } from "../../src/validate/metered-ports.ts";
import { FRAGMENTED_BYTES, judgeMtu, PROBED_BYTES } from "../../src/validate/mtu-probe.ts";
import { isPublicAddress } from "../../src/validate/public-address.ts";
import { afterLevel, mostLevels, nextLevel, RAMP_START } from "../../src/validate/ramp.ts";
import { inviteOf } from "../../src/validate/recorder-api.ts";
import type { StreamFacts, StreamReport } from "../../src/validate/rtp-stream.ts";
import type { SignallingFacts, SignallingPlace } from "../../src/validate/signalling-facts.ts";
import { judgeSilence, type SilenceFacts } from "../../src/validate/silence-probe.ts";

const PLACE: SignallingPlace = {
  localHost: "10.1.1.5",
  recorderHost: "10.2.2.10",
  port: 5060,
  tlsPort: 5061,
};
const VIA = "SIP/2.0/UDP 10.1.1.5:40000;branch=z9hG4bK1;rport";
const ANSWERED: SignallingFacts = {
  step: "invite-small",
  transport: "udp",
  sentBytes: 700,
  status: 200,
  reason: "OK",
  firstAnswerMs: 10,
  answerMs: 12,
  trouble: null,
  source: { host: "10.2.2.10", port: 5060 },
  viaSent: VIA,
  viaBack: "SIP/2.0/UDP 10.1.1.5:40000;branch=z9hG4bK1;rport=40000;received=10.1.1.5",
  echoProblems: [],
  contactHost: "10.2.2.10",
  contactPort: 5060,
  sdpHost: "10.2.2.10",
  sdpPort: 5004,
  product: "Tapeline",
  clockOffsetMs: 0,
  byeStatus: 200,
  byeTrouble: null,
};

function report(changes: Partial<StreamReport> = {}): StreamReport {
  const usual = { atMs: 5_000, intervalLossRatio: 0, lost: 0, expected: 1_000, jitterMs: 1 };
  return { ...usual, roundTripMs: 20, ...changes };
}

function stream(reports: readonly StreamReport[], changes: Partial<StreamFacts> = {}): StreamFacts {
  return {
    ...{ packetsSent: 1_000, seconds: 20, reports, packetsEchoed: 0, echoRoundTripsMs: [] },
    ...{ lateTicks: 0, ownJitterMs: 0.1, target: { host: "10.2.2.10", port: 5004 } },
    ...changes,
  };
}

function media(streams: readonly StreamFacts[], changes: Partial<MediaFacts> = {}): MediaFacts {
  return {
    ...{ localHost: "10.1.1.5", recorderHost: "10.2.2.10", streams, callsAsked: 1 },
    ...{ callsAnswered: 1, isSignallingDown: false, farEndReports: true, packetsByApi: null },
    ...{ natAddress: null, isRtpRejected: false, isDscpCounted: false },
    ...changes,
  };
}

function verdictOf(facts: MediaFacts, id: string): string {
  return judgeMedia(facts).find((item) => item.id === id)?.verdict ?? "missing";
}

test("loss: 0.2 % is good advice, below 3 % warns, 3 % fails; two packets are chance", () => {
  const of = (lost: number, expected: number): string =>
    verdictOf(media([stream([report({ lost, expected })])]), "media.loss");
  assert.deepEqual(
    [of(0, 1_000), of(3, 10_000), of(30, 10_000), of(299, 10_000), of(300, 10_000), of(2, 900)],
    ["pass", "pass", "warn", "warn", "fail", "pass"],
  );
});

test("jitter fails from 20 ms on, unless it is this machine's own", () => {
  const of = (jitterMs: number, ownJitterMs: number): string =>
    verdictOf(media([stream([report({ jitterMs })], { ownJitterMs })]), "media.jitter");
  assert.deepEqual(
    [of(9, 0), of(12, 0), of(20, 0), of(20, 15)],
    ["pass", "warn", "fail", "not-measured"],
  );
});

test("one-way delay is half of the round trip, fails at 150 ms and says what it is", () => {
  const of = (roundTripMs: number) =>
    judgeMedia(media([stream([report({ roundTripMs })])])).find(
      ({ id }) => id === "media.one-way-delay",
    );
  assert.deepEqual([of(99)?.verdict, of(100)?.verdict, of(300)?.verdict], ["pass", "warn", "fail"]);
  assert.equal(of(300)?.value, 150);
  assert.match(of(300)?.measured ?? "", /half of the round trip/);
});

test("no report: a closed RTP port with a Tapeline recorder, nothing known with another, RTCP alone when the API has the audio", () => {
  const silent = [stream([])];
  const reach = (changes: Partial<MediaFacts>) =>
    judgeMedia(media(silent, changes)).find(({ id }) => id === "media.rtp-reach");
  assert.equal(reach({})?.verdict, "fail");
  assert.match(reach({})?.remedy ?? "", /UDP port 5004 .*UDP port 5005/);
  assert.equal(reach({ farEndReports: false })?.verdict, "not-measured");
  assert.equal(reach({ packetsByApi: 900 })?.verdict, "warn");
  assert.match(reach({ packetsByApi: 900 })?.remedy ?? "", /5005/);
  assert.equal(verdictOf(media(silent), "media.loss"), "not-measured");
});

test("silence of RTP: rejected by ICMP, or a NAT with several calls, each with its own remedy", () => {
  const reach = (changes: Partial<MediaFacts>) =>
    judgeMedia(media([stream([])], changes)).find(({ id }) => id === "media.rtp-reach");
  assert.match(reach({ isRtpRejected: true })?.remedy ?? "", /^Remove the rule that rejects UDP/);
  const nat = { natAddress: "203.0.113.7:40000", callsAnswered: 2 };
  assert.match(reach(nat)?.remedy ?? "", /without NAT.*203\.0\.113\.7.*rtp\.range/);
  assert.match(reach({ ...nat, callsAnswered: 1 })?.remedy ?? "", /^Open UDP port 5004/);
});

test("DSCP: kept, cleared on the way, not marked, not counted (RFC 3246)", () => {
  const flow = { protocol: "UDP", from: "10.1.1.5", to: "10.2.2.10", port: "5004" } as const;
  const before = { "46": 100, "0": 5 };
  const kept = judgeDscp({ before, after: { "46": 400, "0": 6 }, isMarked: true }, flow);
  assert.equal(kept.verdict, "pass");
  const cleared = judgeDscp({ before, after: { "46": 100, "0": 305 }, isMarked: true }, flow);
  assert.equal(cleared.verdict, "warn");
  assert.match(cleared.remedy ?? "", /UDP port 5004 .*from 10\.1\.1\.5 to 10\.2\.2\.10.*CS0/);
  const plain = judgeDscp({ before, after: { "46": 100, "0": 305 }, isMarked: false }, flow);
  assert.equal(plain.verdict, "not-measured");
  assert.match(plain.measured, /as root on Linux with nft/);
  assert.equal(judgeDscp({ before, after: before, isMarked: true }, flow).verdict, "not-measured");
});

test("an echo of the far end counts where there are no receiver reports", () => {
  const facts = media([stream([], { packetsEchoed: 990 })], { farEndReports: false });
  const reach = judgeMedia(facts).find(({ id }) => id === "media.rtp-reach");
  assert.match(reach?.measured ?? "", /990 packets of 1000 came back/);
});

test("duplicates never make a loss below nothing", () => {
  assert.equal(readMedia([stream([report({ lost: -4 })])])?.lossRatio, 0);
});

test("E-model: R 93.2 untouched; the figures of G.107 and G.113 for G.711 (ITU-T G.107)", () => {
  const r = (lossRatio: number, oneWayMs: number | null = null): number =>
    rating({ lossRatio, burstRatio: 1, oneWayMs });
  assert.equal(r(0), 93.2);
  assert.ok(Math.abs(r(0.01) - (93.2 - 95 / 5.3)) < 1e-9);
  assert.ok(Math.abs(r(0, 100) - (93.2 - 2.4)) < 1e-9);
  assert.ok(Math.abs(r(0, 277.3) - (93.2 - 0.024 * 277.3 - 11)) < 1e-9);
  assert.deepEqual([mosOf(-1), mosOf(101)], [1, 4.5]);
  assert.equal(mosOf(93.2).toFixed(2), "4.41");
});

test("MOS falls with loss and with delay, and stays from 1 to 4.5", () => {
  fc.assert(
    fc.property(
      fc.double({ min: 0, max: 1, noNaN: true }),
      fc.integer({ min: 0, max: 2_000 }),
      (loss, delay) => {
        const worse = mosOf(rating({ lossRatio: loss, burstRatio: 1, oneWayMs: delay }));
        const better = mosOf(rating({ lossRatio: loss / 2, burstRatio: 1, oneWayMs: delay / 2 }));
        assert.ok(worse >= 1 && worse <= 4.5 && better >= worse - 1e-9);
      },
    ),
  );
});

test("Via: what came back changed is an ALG, with what was sent and what came", () => {
  assert.equal(judgeVia([ANSWERED], PLACE).verdict, "pass");
  const viaBack = "SIP/2.0/UDP 203.0.113.9:1024;branch=z9hG4bK1;rport=40000;received=10.1.1.5";
  const changed = judgeVia([{ ...ANSWERED, viaBack }], PLACE);
  assert.equal(changed.verdict, "fail");
  assert.match(changed.remedy ?? "", /SIP ALG .*UDP port 5060.*203\.0\.113\.9:1024/);
});

test("a NAT is seen by received and rport, and warns with the address to allow", () => {
  assert.equal(judgeNat([ANSWERED], PLACE).verdict, "pass");
  const viaBack = "SIP/2.0/UDP 10.1.1.5:40000;branch=z9hG4bK1;rport=61000;received=203.0.113.9";
  const found = judgeNat([{ ...ANSWERED, viaBack }], PLACE);
  assert.deepEqual([found.verdict, found.remedy?.includes("203.0.113.9")], ["warn", true]);
});

test("the journal shows what an ALG did to Contact and SDP", () => {
  const sent = [
    "INVITE sip:recorder@10.2.2.10:5060 SIP/2.0",
    `Via: ${VIA}`,
    "Contact: <sip:IPOffice@10.1.1.5:40000>",
    "",
    "v=0\r\no=x 1 1 IN IP4 10.1.1.5\r\ns=-\r\nc=IN IP4 10.1.1.5\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n",
  ].join("\r\n");
  const received = sent
    .replace("IPOffice@10.1.1.5:40000", "IPOffice@203.0.113.9:1024")
    .replace("c=IN IP4 10.1.1.5", "c=IN IP4 203.0.113.9");
  assert.deepEqual(changesOf(sent, sent), []);
  const comparison = { transport: "udp", sent, received, why: "" } as const;
  const found = judgeJournal(comparison, PLACE);
  assert.equal(found.verdict, "fail");
  assert.match(found.measured, /contact: .*203\.0\.113\.9.*SDP: .*203\.0\.113\.9:4000/);
  assert.equal(judgeJournal(null, PLACE).verdict, "not-measured");
  const bye = { sent: "sip:a@10.1.1.5:1", received: "sip:a@203.0.113.9:2", place: PLACE };
  assert.equal(judgeContactInBye(bye).verdict, "fail");
});

test("an answer from another address fails; one after 4 s too, after 2 s warns", () => {
  const other = { ...ANSWERED, source: { host: "10.2.2.11", port: 5060 } };
  assert.equal(judgeAnswerSource([ANSWERED], PLACE).verdict, "pass");
  assert.match(judgeAnswerSource([other], PLACE).remedy ?? "", /10\.2\.2\.11:5060/);
  const of = (answerMs: number): string =>
    judgeAnswerTime([{ ...ANSWERED, answerMs }], PLACE).verdict;
  assert.deepEqual([of(1_999), of(2_000), of(4_000)], ["pass", "warn", "fail"]);
});

test("reject and drop are told apart; a transport that nobody asked for raises no alarm", () => {
  const silent = { ...ANSWERED, transport: "tcp", status: null, answerMs: null } as const;
  const judge = (trouble: string, demand: "must" | "may") =>
    judgeAnswers([{ ...silent, trouble }], PLACE, () => demand)[0];
  assert.match(judge("ECONNREFUSED: x", "must")?.remedy ?? "", /rejected/);
  assert.match(
    judge("ETIMEDOUT: x", "must")?.remedy ?? "",
    /Open TCP port 5060 from 10\.1\.1\.5 to 10\.2\.2\.10/,
  );
  assert.equal(judge("ECONNREFUSED: x", "may")?.verdict, "not-measured");
});

test("path MTU: the largest that was answered; one lost probe is no limit", () => {
  const of = (answered: readonly number[]) =>
    judgeMtu({ localHost: "10.1.1.5", recorderHost: "10.2.2.10", port: 5060, answered });
  const all = [...PROBED_BYTES, FRAGMENTED_BYTES];
  const verdicts = (answered: readonly number[]) => of(answered).map(({ verdict }) => verdict);
  assert.deepEqual(verdicts(all), ["pass", "pass"]);
  assert.deepEqual(verdicts(all.filter((bytes) => bytes !== 1_372)), ["pass", "pass"]);
  assert.deepEqual(verdicts(PROBED_BYTES), ["pass", "warn"]);
  assert.deepEqual(verdicts([600, 1_000, 1_252]), ["fail", "warn"]);
  assert.deepEqual(verdicts([]), ["not-measured", "not-measured"]);
  assert.equal(of([600, 1_000, 1_252])[0]?.value, 1_280);
});

const SILENT: SilenceFacts = {
  place: PLACE,
  unacknowledged: { byeSeconds: 32 },
  refresh: { requestSeconds: 45 },
  expiry: { byeSeconds: 60 },
  contactSent: "sip:a@10.1.1.5:1",
  contactReceived: "sip:a@10.1.1.5:1",
  why: "",
};

test("a NAT that forgets after 30 s is told from a way back that is closed", () => {
  const of = (changes: Partial<SilenceFacts>) =>
    judgeSilence({ ...SILENT, ...changes }).map(({ verdict }) => verdict);
  assert.deepEqual(of({}), ["pass", "pass", "pass"]);
  const forgets = { refresh: { requestSeconds: null }, expiry: { byeSeconds: null } };
  assert.deepEqual(of(forgets), ["pass", "fail", "pass"]);
  const [, idle] = judgeSilence({ ...SILENT, ...forgets });
  assert.match(idle?.remedy ?? "", /UDP mappings between 10\.1\.1\.5 and 10\.2\.2\.10 port 5060/);
  assert.equal(idle?.value, 45);
  const closed = { ...forgets, unacknowledged: { byeSeconds: null }, contactReceived: null };
  assert.deepEqual(of(closed), ["fail", "not-measured", "not-measured"]);
  const none = { unacknowledged: null, refresh: null, expiry: null, contactReceived: null };
  assert.deepEqual(of(none), ["not-measured", "not-measured", "not-measured"]);
});

const DAY_MS = 86_400_000;
const NOW = Date.UTC(2026, 0, 1);

function office(changes: {
  validTo?: string;
  trust?: string | null;
  subject?: string;
}): OfficeFacts {
  const { validTo = new Date(NOW + 400 * DAY_MS).toISOString(), trust = null } = changes;
  const subject = changes.subject ?? "CN=ip-office";
  const certificate = { subject, issuer: "CN=authority", validTo, sha256: "ab".repeat(32) };
  return {
    ...{ localHost: "10.1.1.5", host: "10.3.3.3", tcp: null, trust, login: null, nowTimeMs: NOW },
    tls: { port: 50_796, isOpen: true, connectMs: 3, trouble: null, certificate },
  };
}

test("a certificate: expired fails, soon or untrusted warns, with what to set", () => {
  const of = (changes: Parameters<typeof office>[0]) =>
    judgeOffice(office(changes)).find(({ id }) => id === "pbx.certificate");
  assert.equal(of({})?.verdict, "pass");
  assert.equal(of({ validTo: new Date(NOW - DAY_MS).toISOString() })?.verdict, "fail");
  assert.equal(of({ validTo: new Date(NOW + 20 * DAY_MS).toISOString() })?.verdict, "warn");
  const untrusted = of({ trust: "DEPTH_ZERO_SELF_SIGNED_CERT" });
  assert.match(untrusted?.remedy ?? "", /devlink3\.tls\.ca.*pinSha256: abab/);
});

test("the login's digest is that of the specification (devlink3.md vector A4)", () => {
  const challenge = Uint8Array.from({ length: 16 }, (_, index) => index);
  assert.equal(digestOf(challenge, "x").length, 20);
  // Only the first 16 bytes of a password count.
  const long = "0123456789abcdefIGNORED";
  assert.deepEqual(digestOf(challenge, long), digestOf(challenge, long.slice(0, 16)));
});

test("own networks are not public, everything else is", () => {
  const own =
    "10.0.0.1 172.31.9.9 192.168.1.1 127.0.0.1 169.254.1.1 100.64.0.1 192.0.2.7 ::1 fd00::1 fe80::1%eth0 ::ffff:10.0.0.1";
  for (const address of own.split(" ")) assert.equal(isPublicAddress(address), false, address);
  const open = "8.8.8.8 172.32.0.1 192.169.0.1 100.128.0.1 2a00::1 ::ffff:8.8.8.8 example";
  for (const address of open.split(" ")) assert.equal(isPublicAddress(address), true, address);
});

test("arguments: what is typed becomes values, each mistake a sentence", () => {
  const recorder = readRecorder("sip:rec@192.0.2.10:5070;transport=tls", undefined);
  assert.deepEqual(
    recorder.ok && [recorder.value.transport, recorder.value.tlsPort, recorder.value.required],
    ["tls", 5070, ["tls"]],
  );
  const plain = readRecorder("192.0.2.10", undefined);
  assert.deepEqual(plain.ok && [plain.value.port, plain.value.tlsPort, plain.value.required], [
    5060,
    5061,
    null,
  ]);
  const listed = readRecorder("sip:192.0.2.10", "udp,tls");
  assert.deepEqual(listed.ok && listed.value.required, ["udp", "tls"]);
  for (const [read, text] of [
    [readRamp, "0"],
    [readRamp, "1..99999"],
    [readMinutes, "0.01"],
    [readMinutes, "-1"],
    [readCalls, "1.5"],
    [readLength, "7"],
    [readLength, "400d"],
  ] as const) {
    assert.equal(read(text).ok, false, text);
  }
  assert.deepEqual(readRamp("1..50"), { ok: true, value: 50 });
  assert.deepEqual(readLength("7d"), { ok: true, value: 604_800 });
  assert.deepEqual(readHostPort("--x", "[::1]:5"), { ok: true, value: { host: "::1", port: 5 } });
  assert.equal(readHostPort("--x", "a:99999").ok, false);
  for (const text of ["http://x", "sip:", "sip:h;transport=ws"]) {
    assert.equal(readRecorder(text, undefined).ok, false, text);
  }
});

test("a ramp ends at the most that holds, within its levels and never above what was asked", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 0, max: 600 }),
      (most, holds) => {
        let state = RAMP_START;
        let levels = 0;
        for (let calls = nextLevel(state, most); calls !== null; calls = nextLevel(state, most)) {
          assert.ok(calls >= 1 && calls <= most);
          state = afterLevel(state, calls, calls <= holds);
          levels += 1;
        }
        assert.equal(state.held, Math.min(most, holds));
        assert.ok(levels <= mostLevels(most), `${levels} levels of ${most}`);
      },
    ),
  );
});

test("a busy hour has its load: calls an hour × length, never more than the lines", () => {
  const site = loadSite({ busyHour: { calls: 600, talkSeconds: 180 } });
  const hour = { ...busyHourOf(site), most: 200 };
  assert.equal(erlangs(hour), 30);
  let state = 1;
  const fraction = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  const calls = planCalls(hour, { minutes: 60, fraction });
  const talk = calls.reduce((sum, { lengthMs }) => sum + lengthMs, 0) / 3_600_000;
  assert.ok(Math.abs(talk - 30) < 5, `${talk} calls at once`);
  assert.ok(peakOf(planCalls({ ...hour, most: 7 }, { minutes: 10, fraction })) <= 7);
});

test("the meter holds back what was not planned", () => {
  const meter = new TrafficMeter(100);
  assert.deepEqual([meter.take(60), meter.take(60), meter.take(40)], [true, false, true]);
  assert.deepEqual([meter.bytes, meter.packets, meter.refused], [100, 2, 1]);
});

test("the INVITE is found among a recording's messages", () => {
  const messages = [
    { direction: "out", text: "SIP/2.0 100 Trying" },
    { direction: "in", text: "INVITE sip:x SIP/2.0" },
  ];
  assert.equal(inviteOf(JSON.stringify({ messages })), "INVITE sip:x SIP/2.0");
  assert.equal(inviteOf("{}"), null);
});
