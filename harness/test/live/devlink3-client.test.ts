// A DevLink3 client written from devlink3.md alone talks to `npx testbed pbx`: transport, framing,
// test packets, both challenges, refusals and the event stream (R10; devlink3.md §2–§6, §15).
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import {
  authRequest,
  ByteClient,
  digestResponse,
  eventRequest,
  frame,
  plainResponse,
  testRequest,
  textOf,
  tuples,
  TYPE,
  u32,
} from "./devlink3-bytes.ts";
import { LIVE_TEST_LIMIT_MS, newFolder, removeFolder, until, writeYaml } from "./live-fixture.ts";
import { startTestbed, type TestbedProcess } from "./testbed-process.ts";

interface PbxLine {
  readonly devlink3: {
    readonly host: string;
    readonly port: number;
    readonly tlsPort: number;
    readonly user: string;
    readonly password: string;
    readonly ca: string;
  };
  readonly sip: { readonly host: string; readonly port: number };
}

const USER = "recorder";
const PASSWORD = "Passw0rd!";
const RESULT = {
  success: 0,
  plain: 1,
  sha1: 2,
  payloadTooLong: 0x80000001,
  streamAuthenticationFailed: 0x80000003,
  authenticationFailed: 0x80000041,
} as const;
const CALL_DELTA3 = 0x00760001;

describe("a DevLink3 client made of bytes alone", { timeout: LIVE_TEST_LIMIT_MS }, () => {
  const hooks: (() => Promise<void>)[] = [];
  const clients: ByteClient[] = [];
  let folder = "";
  let testbed: TestbedProcess;
  let line: PbxLine;

  before(async () => {
    folder = await newFolder();
    // Over TCP such a site asks for SHA1 all the same: PLAIN is for TLS only.
    const site = await writeYaml(join(folder, "site.yaml"), {
      users: [{ extension: "201" }, { extension: "202" }],
      trunks: [{ name: "ISDN", kind: "isdn", line: 5, channels: 8 }],
      devlink3: { user: USER, password: PASSWORD, challenge: "plain", maximumConnections: 50 },
    });
    testbed = await startTestbed({ after: (hook: () => Promise<void>) => void hooks.push(hook) }, [
      "pbx",
      "--site",
      site,
      "--json",
    ]);
    line = testbed.firstLine as PbxLine;
  });

  after(async () => {
    for (const client of clients) client.close();
    for (const hook of hooks) await hook();
    await removeFolder(folder);
  });

  async function client(): Promise<ByteClient> {
    const made = await ByteClient.overTcp(line.devlink3.host, line.devlink3.port);
    clients.push(made);
    return made;
  }

  test("the first line tells where DevLink3 and SIP are, and how to log in", () => {
    const { devlink3, sip } = line;
    assert.deepEqual([devlink3.user, devlink3.password], [USER, PASSWORD]);
    assert.equal(devlink3.host, "127.0.0.1");
    for (const port of [devlink3.port, devlink3.tlsPort, sip.port]) {
      assert.ok(Number.isInteger(port) && port > 0, String(port));
    }
  });

  test("test packets are answered before login: vectors T1, T2 and T3 (§4)", async () => {
    const pbx = await client();
    pbx.send(Buffer.from("49000f002a00011234567800000000", "hex"));
    const empty = await pbx.next(TYPE.testResponse);
    assert.equal(empty.toString("hex"), "802a0001123456780000000000000000");
    pbx.send(Buffer.from("490013002a0001000000020000000470696e67", "hex"));
    const echo = await pbx.next(TYPE.testResponse);
    assert.equal(echo.toString("hex"), "802a000100000002000000000000000470696e67");
  });

  test("RequestID 0 wants no response; 1,000 bytes are echoed, 1,001 are too long (§4)", async () => {
    const pbx = await client();
    pbx.send(testRequest(0, Buffer.from("quiet")), testRequest(7, Buffer.alloc(1_000, 0x61)));
    const longest = await pbx.next(TYPE.testResponse);
    assert.equal(longest.readUInt32BE(4), 7, "the first response is that of the second request");
    assert.equal(longest.readUInt32BE(8), RESULT.success);
    assert.deepEqual(longest.subarray(16), Buffer.alloc(1_000, 0x61));
    pbx.send(testRequest(8, Buffer.alloc(1_001)));
    const refused = await pbx.next(TYPE.testResponse);
    assert.equal(refused.readUInt32BE(8), RESULT.payloadTooLong);
    assert.equal(refused.length, 16, "no payload comes back");
  });

  test("a login by SHA1, one byte a write; then the PBX tells what it is (§2, §5)", async () => {
    const pbx = await client();
    await pbx.sendByteByByte(authRequest(0x12345678, USER));
    const challenge = await pbx.next(TYPE.authResponse);
    assert.equal(challenge.readUInt32BE(4), 0x12345678, "the RequestID is echoed");
    assert.equal(challenge.readUInt32BE(8), RESULT.sha1);
    assert.equal(challenge.readUInt32BE(12), 16);
    assert.equal(challenge.length, 32);
    await pbx.sendByteByByte(digestResponse(0x12345679, challenge.subarray(16), PASSWORD));
    const result = await pbx.next(TYPE.authResponse);
    assert.equal(result.readUInt32BE(4), 0x12345679);
    assert.equal(result.readUInt32BE(8), RESULT.success);
    const told = new Map(tuples(result, 12).map((tuple) => [tuple.code, textOf(tuple)]));
    assert.match(told.get(0x007d0001) ?? "", /build \d+/);
    assert.ok((told.get(0x007d0002) ?? "").length > 0);
    await pbx.sendByteByByte(eventRequest(3, "-SIPTrack"));
    const answer = await pbx.next(TYPE.eventResponse);
    assert.equal(answer.readUInt32BE(8), RESULT.success);
  });

  test("five frames in one write get five answers, in order (§2)", async () => {
    const pbx = await client();
    const ping = (id: number): Buffer => testRequest(id, Buffer.from(`ping ${id}`));
    pbx.send(ping(1), ping(2), authRequest(3, USER), ping(4), ping(5));
    const answers: [type: number, requestId: number][] = [];
    while (answers.length < 5) {
      const packet = await pbx.next(TYPE.testResponse, TYPE.authResponse);
      answers.push([packet.readUInt32BE(0), packet.readUInt32BE(4)]);
    }
    assert.deepEqual(answers, [
      [TYPE.testResponse, 1],
      [TYPE.testResponse, 2],
      [TYPE.authResponse, 3],
      [TYPE.testResponse, 4],
      [TYPE.testResponse, 5],
    ]);
  });

  test("PLAIN over TLS, with a certificate that verifies; over TCP the same site asks for SHA1 (§5)", async () => {
    const { host, tlsPort, ca } = line.devlink3;
    const pbx = await ByteClient.overTls(host, tlsPort, readFileSync(ca));
    clients.push(pbx);
    pbx.send(authRequest(1, USER));
    const challenge = await pbx.next(TYPE.authResponse);
    assert.equal(challenge.readUInt32BE(8), RESULT.plain);
    assert.equal(challenge.length, 12);
    pbx.send(plainResponse(2, PASSWORD));
    assert.equal((await pbx.next(TYPE.authResponse)).readUInt32BE(8), RESULT.success);
    pbx.send(eventRequest(3, ""));
    assert.equal((await pbx.next(TYPE.eventResponse)).readUInt32BE(8), RESULT.success);
  });

  test("the vendor sample's halved flags length is understood: vector E3 (§12, I9)", async () => {
    const pbx = await client();
    assert.equal((await pbx.logIn(USER, PASSWORD)).readUInt32BE(8), RESULT.success);
    pbx.send(Buffer.from("490017003000110000001300052d534950547261636b00", "hex"));
    const answer = await pbx.next(TYPE.eventResponse);
    assert.equal(answer.readUInt32BE(4), 0x13);
    assert.equal(answer.readUInt32BE(8), RESULT.success);
    assert.equal(answer.subarray(14).toString(), "-SIPTrack\0");
    assert.equal(answer.readUInt16BE(12), 10, "the response counts bytes, NUL included");
  });

  test("a wrong password gets a frame of 15 bytes, the stream is dead, a new one works (§5)", async () => {
    const pbx = await client();
    const refused = await pbx.logIn(USER, "wrong");
    assert.equal(refused.readUInt32BE(8), RESULT.authenticationFailed);
    assert.equal(refused.length + 3, 15);
    pbx.send(testRequest(9, Buffer.from("alive?")));
    const dead = await pbx.next(TYPE.testResponse);
    assert.equal(dead.readUInt32BE(8), RESULT.streamAuthenticationFailed);
    pbx.close();
    const again = await (await client()).logIn(USER, PASSWORD);
    assert.equal(again.readUInt32BE(8), RESULT.success);
  });

  test("a proof of the wrong kind, or for nobody, is refused (§5)", async () => {
    const plainForSha1 = await client();
    plainForSha1.send(authRequest(1, USER));
    await plainForSha1.next(TYPE.authResponse);
    plainForSha1.send(plainResponse(2, PASSWORD));
    const refused = await plainForSha1.next(TYPE.authResponse);
    assert.equal(refused.readUInt32BE(8), RESULT.authenticationFailed);
    const nobody = await (await client()).logIn("nobody", PASSWORD);
    assert.equal(nobody.readUInt32BE(8), RESULT.authenticationFailed);
  });

  for (const [what, bytes] of [
    [
      "a bad discriminator",
      Buffer.concat([Buffer.of(0x48), testRequest(1, Buffer.alloc(0)).subarray(1)]),
    ],
    ["a frame without room for a type", Buffer.of(0x49, 0x00, 0x06, 0x00, 0x2a, 0x00)],
    ["a stray bit in a long length", Buffer.of(0x49, 0x80, 0x80, 0x10, 0x00)],
  ] as const) {
    test(`${what}: the stream is closed, and the PBX serves the next one (§2)`, async () => {
      const pbx = await client();
      pbx.send(bytes);
      await until("the stream is closed", () => pbx.isClosed);
      const next = await client();
      next.send(testRequest(1, Buffer.from("still there?")));
      const answer = await next.next(TYPE.testResponse);
      assert.equal(answer.subarray(16).toString(), "still there?");
    });
  }

  test("a non-minimal long form is read, an unknown packet is passed over (§2, §3)", async () => {
    const pbx = await client();
    const short = testRequest(5, Buffer.from("long"));
    const long = Buffer.concat([Buffer.of(0x49, 0x80, 0x00, short.length + 1), short.subarray(3)]);
    pbx.send(frame(u32(0x00307777), u32(1)), long);
    const answer = await pbx.next(TYPE.testResponse);
    assert.equal(answer.subarray(16).toString(), "long");
  });

  test("calls come as Delta3 events, counted up by one, from the PBX's address (§6, §8)", async () => {
    const pbx = await client();
    await pbx.logIn(USER, PASSWORD);
    pbx.send(eventRequest(1, "-SIPTrack"));
    await pbx.next(TYPE.eventResponse);
    const texts: string[] = [];
    let counter: number | null = null;
    // The testbed's own callers ring and its agents answer: ringing and connected calls come by.
    while (!texts.some((text) => /<PartyB>[^,]*,0,2,1,/.test(text))) {
      const event = await pbx.next(TYPE.event);
      assert.equal(event.readUInt32BE(4), 0xc0a80a01, "192.168.10.1");
      const now = event.readUInt32BE(8);
      if (counter !== null) assert.equal(now, counter + 1);
      counter = now;
      const delta3 = tuples(event, 12).find(({ code }) => code === CALL_DELTA3);
      texts.push(textOf(delta3));
    }
    for (const text of texts.filter((each) => each !== "")) {
      assert.match(text, /^<(Detail|CallLost|LinkLost|AttemptReject)>.*<\/\1>$/s);
    }
    const call = /<Call>([^<]*)<\/Call>/.exec(texts.find((text) => text !== "") ?? "")?.[1] ?? "";
    const fields = call.split(",");
    assert.equal(fields[0], "c0a80a01");
    assert.match(fields[1] ?? "", /^\d+$/);
    assert.ok(fields.length >= 10, "at least ten fields are documented");
  });

  test("SIGTERM to npx ends it, and only JSON was on its standard output", async () => {
    await testbed.stop();
    for (const text of testbed.stdout().trim().split("\n")) JSON.parse(text);
  });
});
