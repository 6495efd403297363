// A recording leg with SRTP, seen from a scripted recorder over virtual TLS: what is offered, which
// answers will do, and packets that werift can open with the key of the offer.  RFC 4568, RFC 3711
import assert from "node:assert/strict";
import { test } from "node:test";
import { SrtpSession } from "werift";
import { readFrameTag } from "../../src/pbx/frame-tag.ts";
import type { RecordingLeg } from "../../src/pbx/recording-leg.ts";
import type { SipOddities } from "../../src/pbx/sip-oddities.ts";
import { parseRtp, serializeRtp } from "../../src/wire/rtp.ts";
import { parseSdp, type CryptoLine, type SdpMedia } from "../../src/wire/sdp.ts";
import type { SipRequest } from "../../src/wire/sip.ts";
import { Stage } from "./scripted-recorder.ts";

const OWN_KEY = Buffer.alloc(30, 7).toString("base64");
const WERIFT_PROFILE = 1;
const TAG_BYTES = 10;
const SUITE_80 = "AES_CM_128_HMAC_SHA1_80";
const SUITE_32 = "AES_CM_128_HMAC_SHA1_32";

const PROTECTED = { lines: ["m=audio 40000 RTP/SAVP 0"], tag: 1, suite: SUITE_80, version: 1 };

/** The recorder's description, with one key of its own. */
function answer(changes: Partial<typeof PROTECTED> & { readonly crypto?: string[] } = {}) {
  const { lines, tag, suite, version } = { ...PROTECTED, ...changes };
  const crypto = changes.crypto ?? [`a=crypto:${tag} ${suite} inline:${OWN_KEY} UNENCRYPTED_SRTCP`];
  const [first = "", ...others] = lines;
  const origin = `o=- 77 ${version} IN IP4 192.0.2.10`;
  const head = ["v=0", origin, "s=-", "c=IN IP4 192.0.2.10", "t=0 0"];
  const text = [...head, first, "a=recvonly", ...crypto, ...others].join("\r\n");
  return new TextEncoder().encode(`${text}\r\n`);
}

async function stageOf(
  body: Uint8Array,
  oddities: Partial<SipOddities> = {},
  srtp: typeof SUITE_80 | typeof SUITE_32 = SUITE_80,
): Promise<{ readonly stage: Stage; readonly leg: RecordingLeg }> {
  const stage = await Stage.open({ srtp, tls: { verify: false } });
  const { recorder } = stage;
  recorder.contact = () => "<sip:recorder@192.0.2.10:5061;transport=tls>";
  recorder.script.invite = () => [recorder.ok({ body })];
  const recorderUri = "sip:s1@192.0.2.10:5061;transport=tls";
  const leg = stage.dial(oddities, { recorderUri });
  return { stage, leg };
}

function mediaOf(request: SipRequest | undefined): readonly SdpMedia[] {
  const description = parseSdp(request?.body ?? new Uint8Array(0));
  assert.ok(description.ok);
  return description.value.media;
}

function cryptoOf(request: SipRequest | undefined): readonly CryptoLine[] {
  return mediaOf(request)[0]?.crypto ?? [];
}

/** The frames that a receiver with this key can read; null for one that does not authenticate. */
function opened(stage: Stage, line: CryptoLine | undefined): (number | null)[] {
  const key = Buffer.from(line?.keyAndSalt.subarray(0, 16) ?? []);
  const salt = Buffer.from(line?.keyAndSalt.subarray(16) ?? []);
  const local = { localMasterKey: key, localMasterSalt: salt };
  const session = new SrtpSession({
    profile: WERIFT_PROFILE,
    keys: { ...local, remoteMasterKey: key, remoteMasterSalt: salt },
  });
  return stage.recorder.packets.map(({ packet }) => {
    try {
      const plain = parseRtp(session.decrypt(Buffer.from(serializeRtp(packet))));
      return plain.ok ? (readFrameTag(plain.value.payload, 0)?.frame ?? null) : null;
    } catch (error) {
      assert.ok(error instanceof Error);
      return null;
    }
  });
}

const FIRST_TEN = Array.from({ length: 10 }, (_, index) => index);

test("over TLS both suites are offered, each with a key of its own, and packets have the first's", async () => {
  const { stage, leg } = await stageOf(answer(), { firstSequence: 65_531 });
  await stage.until(() => stage.recorder.packets.length === 10);
  const [invite] = stage.recorder.requests;
  const [media, ...others] = mediaOf(invite);
  assert.deepEqual([media?.protocol, others.length], ["RTP/SAVP", 0]);
  const lines = cryptoOf(invite);
  assert.deepEqual(
    lines.map(({ tag, suite, keyAndSalt }) => [tag, suite, keyAndSalt.length]),
    [
      [1, SUITE_80, 30],
      [2, SUITE_32, 30],
    ],
  );
  assert.notDeepEqual(lines[0]?.keyAndSalt, lines[1]?.keyAndSalt);
  assert.deepEqual(opened(stage, lines[0]), FIRST_TEN);
  assert.deepEqual(
    opened(stage, lines[1]),
    FIRST_TEN.map(() => null),
  );
  assert.equal(leg.truth.srtp, true);
  assert.ok(
    leg.truth.frames.every(
      ({ tag, payload }) => payload !== null && readFrameTag(payload, 0)?.frame === tag.frame,
    ),
  );
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("the suite that the recorder takes is the one in force; the site says which comes first", async () => {
  const { stage } = await stageOf(answer({ tag: 2, suite: SUITE_80 }), {}, SUITE_32);
  await stage.until(() => stage.recorder.packets.length === 10);
  const lines = cryptoOf(stage.recorder.requests[0]);
  assert.equal(lines[0]?.suite, SUITE_32);
  assert.deepEqual(opened(stage, lines[1]), FIRST_TEN);
  await stage.close();
  const short = await stageOf(answer({ tag: 1, suite: SUITE_32 }), {}, SUITE_32);
  await short.stage.until(() => short.stage.recorder.packets.length === 1);
  assert.equal(short.stage.recorder.packets[0]?.packet.payload.length, 160 + 4);
  await short.stage.close();
});

test("by UDP, or without an offer, the media stays plain", async () => {
  const stage = await Stage.open({ srtp: SUITE_80 });
  stage.dial();
  await stage.until(() => stage.recorder.packets.length === 1);
  assert.equal(mediaOf(stage.recorder.requests[0])[0]?.protocol, "RTP/AVP");
  assert.equal(stage.recorder.packets[0]?.packet.payload.length, 160);
  await stage.close();
  const offerless = await stageOf(answer({ lines: ["m=audio 40000 RTP/AVP 0"], crypto: [] }), {
    offerless: true,
  });
  await offerless.stage.until(() => offerless.stage.recorder.packets.length === 1);
  assert.equal(offerless.leg.truth.srtp, undefined);
  assert.deepEqual(offerless.stage.caller.violations(), []);
  await offerless.stage.close();
});

for (const [what, body, complaint] of [
  ["plain RTP", answer({ lines: ["m=audio 40000 RTP/AVP 0"], crypto: [] }), /instead of RTP\/SAVP/],
  ["no key", answer({ crypto: [] }), /0 a=crypto lines instead of one/],
  ["an unknown tag", answer({ tag: 3 }), /crypto tag 3, which was not offered/],
  [
    "another suite",
    answer({ suite: SUITE_32 }),
    /SHA1_32 under the tag of AES_CM_128_HMAC_SHA1_80/,
  ],
  [
    "a short key",
    answer({ crypto: [`a=crypto:1 ${SUITE_80} inline:AAAA UNENCRYPTED_SRTCP`] }),
    /a key of 3 bytes instead of 30/,
  ],
  [
    "no parameters",
    answer({ crypto: [`a=crypto:1 ${SUITE_80} inline:${OWN_KEY}`] }),
    /has the parameters "", we/,
  ],
  ["an SDP that cannot be read", new TextEncoder().encode("nothing"), /cannot be read/],
] as const) {
  test(`an answer with ${what} is a violation, and the call ends without a packet`, async () => {
    const { stage, leg } = await stageOf(body);
    await stage.world.runFor(1_000);
    assert.match(stage.caller.violations().join("\n"), complaint);
    assert.deepEqual(stage.recorder.methods(), ["INVITE", "ACK", "BYE"]);
    assert.equal(stage.recorder.packets.length, 0);
    assert.equal(leg.truth.endedBy, "pbx");
    await stage.close();
  });
}

test("an answer with two keys, or with ours, is a violation", async () => {
  const two = await stageOf(
    answer({ crypto: [1, 2].map((tag) => `a=crypto:${tag} ${SUITE_80} inline:${OWN_KEY}`) }),
  );
  await two.stage.world.runFor(1_000);
  assert.match(two.stage.caller.violations().join("\n"), /2 a=crypto lines/);
  await two.stage.close();
  const { stage } = await stageOf(answer());
  stage.recorder.script.invite = (request) => {
    const [line] = cryptoOf(request);
    const key = Buffer.from(line?.keyAndSalt ?? []).toString("base64");
    const crypto = [`a=crypto:1 ${SUITE_80} inline:${key} UNENCRYPTED_SRTCP`];
    return [stage.recorder.ok({ body: answer({ crypto }) })];
  };
  await stage.world.runFor(1_000);
  assert.match(stage.caller.violations().join("\n"), /has our own key/);
  await stage.close();
});

test("srtpBoth offers the stream plain as well, and wants that turned down", async () => {
  const both = ["m=audio 40000 RTP/SAVP 0"];
  const good = await stageOf(answer({ lines: [...both, "m=audio 0 RTP/AVP 0"] }), {
    srtpBoth: true,
  });
  await good.stage.until(() => good.stage.recorder.packets.length === 10);
  const [invite] = good.stage.recorder.requests;
  assert.deepEqual(
    mediaOf(invite).map(({ protocol }) => protocol),
    ["RTP/SAVP", "RTP/AVP"],
  );
  assert.deepEqual(opened(good.stage, cryptoOf(invite)[0]), FIRST_TEN);
  assert.deepEqual(good.stage.caller.violations(), []);
  await good.stage.close();
  for (const [second, complaint] of [
    ["m=audio 40000 RTP/AVP 0", /instead of turning down RTP\/AVP/],
    [null, /1 m lines instead of 2/],
  ] as const) {
    const lines = second === null ? both : [...both, second];
    const { stage } = await stageOf(answer({ lines }), { srtpBoth: true });
    await stage.world.runFor(500);
    assert.match(stage.caller.violations().join("\n"), complaint);
    await stage.close();
  }
});

test("srtpRekeyOnHold: hold and retrieve bring new keys; they come into force with the answer", async () => {
  const { stage, leg } = await stageOf(answer(), { srtpRekeyOnHold: true });
  await stage.until(() => stage.recorder.packets.length === 10);
  leg.hold();
  await stage.world.runFor(200);
  leg.retrieve();
  await stage.until(() => stage.recorder.packets.length === 20);
  const invites = stage.recorder.requests.filter(({ method }) => method === "INVITE");
  const keys = invites.map((invite) => cryptoOf(invite)[0]);
  assert.equal(new Set(keys.map((line) => String(line?.keyAndSalt))).size, 3);
  assert.deepEqual(opened(stage, keys[0]).slice(0, 10), FIRST_TEN);
  const after = opened(stage, keys[2]).slice(10);
  assert.equal(after.length, 10);
  assert.ok(!after.includes(null));
  assert.deepEqual(stage.caller.violations(), []);
  await stage.close();
});

test("without it the key stays; a bad answer to a re-INVITE ends the call", async () => {
  const { stage, leg } = await stageOf(answer());
  await stage.until(() => stage.recorder.packets.length === 3);
  stage.recorder.script.invite = () => [stage.recorder.ok({ body: answer({ tag: 9 }) })];
  leg.hold();
  await stage.world.runFor(500);
  const [first, second] = stage.recorder.requests.filter(({ method }) => method === "INVITE");
  assert.deepEqual(cryptoOf(first), cryptoOf(second));
  assert.equal(stage.recorder.methods().at(-1), "BYE");
  await stage.close();
});

test("srtpWrongKey is for as long as it is on; the truth marks the frames that nobody can take", async () => {
  const { stage, leg } = await stageOf(answer());
  await stage.until(() => stage.recorder.packets.length === 10);
  stage.caller.oddities.srtpWrongKey = true;
  await stage.until(() => stage.recorder.packets.length === 15);
  stage.caller.oddities.srtpWrongKey = false;
  await stage.until(() => stage.recorder.packets.length === 20);
  const readable = opened(stage, cryptoOf(stage.recorder.requests[0])[0]);
  assert.deepEqual(readable, [...FIRST_TEN, null, null, null, null, null, 15, 16, 17, 18, 19]);
  assert.deepEqual(
    leg.truth.frames.slice(0, 20).flatMap(({ foreignKey }, at) => (foreignKey ? [at] : [])),
    [10, 11, 12, 13, 14],
  );
  await stage.close();
});

test("srtpReplays: every Nth packet comes once more 2 s later, byte for byte", async () => {
  const { stage } = await stageOf(answer(), { srtpReplays: 10 });
  await stage.world.runFor(4_000);
  const seen = new Map<number, { readonly atMs: number; readonly bytes: string }>();
  const again: number[] = [];
  for (const { atMs, packet } of stage.recorder.packets) {
    const before = seen.get(packet.sequence);
    const bytes = String(packet.payload);
    if (before === undefined) seen.set(packet.sequence, { atMs, bytes });
    else {
      assert.equal(before.bytes, bytes);
      again.push(Math.round((atMs - before.atMs) / 100));
    }
  }
  assert.ok(again.length >= 8, `${again.length}`);
  assert.ok(
    again.every((tenths) => tenths === 20),
    again.join(),
  );
  await stage.close();
});

test("duplicates, digits and comfort noise are protected; no RTCP is sent", async () => {
  const { stage } = await stageOf(answer(), {
    ...{ duplicateRtp: true, comfortNoise: true, telephoneEvents: true },
  });
  await stage.world.runFor(6_000);
  const types = new Set(stage.recorder.packets.map(({ packet }) => packet.payloadType));
  assert.ok(types.has(13) && types.size === 3, [...types].join());
  for (const { packet } of stage.recorder.packets) {
    assert.ok(packet.payload.length > TAG_BYTES);
  }
  assert.deepEqual(stage.recorder.rtcp, []);
  await stage.close();
});
