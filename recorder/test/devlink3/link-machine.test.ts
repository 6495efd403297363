// The link's machine: each state, each policy row, each timer. No clock, no sockets.
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  beginLink,
  linkState,
  type LinkEvent,
  type LinkMachineState,
  type LinkOutput,
  type LinkSettings,
  type LinkTimer,
} from "../../src/devlink3/link-machine-state.ts";
import { step } from "../../src/devlink3/link-machine.ts";
import type { Packet } from "../../src/devlink3/packet.ts";
import { textTuple, TUPLE_CODE } from "../../src/devlink3/tuple.ts";
import { CHALLENGE } from "./fakes.ts";

const SETTINGS: LinkSettings = {
  user: "recorder",
  applicationName: "Rec",
  isSecure: false,
  flags: ["-SCN", "-SIPTrack"],
};

/** A machine with what it has put out, in short words. */
class Bench {
  state: LinkMachineState;
  outputs: readonly LinkOutput[] = [];
  readonly settings: LinkSettings;

  constructor(settings: Partial<LinkSettings> = {}) {
    this.settings = { ...SETTINGS, ...settings };
    this.state = beginLink(this.settings);
  }

  input(event: LinkEvent, chance = 1): string[] {
    const next = step(this.state, { ...event, chance }, this.settings);
    this.state = next.state;
    this.outputs = next.outputs;
    return next.outputs.map(word);
  }

  packet(packet: Packet): string[] {
    return this.input({ type: "packet", packet });
  }

  timer(timer: LinkTimer): string[] {
    return this.input({ type: "timer", timer });
  }

  get id(): number {
    return this.state.memory.lastRequestId;
  }

  get view(): string {
    const { name, code } = linkState(this.state, false);
    return code === null ? name : `${name} ${code}`;
  }

  connected(): this {
    this.input(this.state.name === "idle" ? { type: "start" } : { type: "timer", timer: "retry" });
    this.input({ type: "connected" });
    return this;
  }

  answered(): this {
    this.connected();
    this.packet({ type: "challengeSha1", requestId: this.id, challenge: CHALLENGE });
    return this;
  }

  loggedIn(version = "x build 23"): this {
    this.answered();
    const tuples = [textTuple(TUPLE_CODE.pbxVersion, version)];
    this.packet({ type: "authResult", requestId: this.id, result: 0, tuples });
    return this;
  }

  synchronising(): this {
    this.loggedIn();
    this.eventResponse(0, this.settings.flags);
    return this;
  }

  streaming(): this {
    this.synchronising();
    this.timer("quiet");
    return this;
  }

  loginResult(result: number): string[] {
    return this.packet({ type: "authResult", requestId: this.id, result, tuples: [] });
  }

  eventResponse(result: number, flags: readonly string[] = []): string[] {
    return this.packet({ type: "eventResponse", requestId: this.id, result, flags });
  }

  event(counter: number, code: number = TUPLE_CODE.callDelta3, address = "10.0.0.1"): string[] {
    return this.packet({ type: "event", address, counter, tuples: [textTuple(code, "x")] });
  }
}

function word(output: LinkOutput): string {
  switch (output.type) {
    case "send":
      return `send ${output.packet.type}`;
    case "answer":
      return `answer ${output.challenge.kind}`;
    case "start":
      return `start ${output.timer} ${output.delayMs}`;
    case "stop":
      return `stop ${output.timer}`;
    case "streamBegan":
      return `began ${output.epoch}`;
    case "deliver":
      return `deliver ${output.event.counter}`;
    case "report":
      return `report ${output.trouble.code}`;
    default:
      return output.type;
  }
}

/** What every way to "waiting" puts out. */
function down(code: string, delayMs: number, hadStream = false): string[] {
  const ended = hadStream ? ["streamEnded"] : [];
  return ["stopAll", "disconnect", ...ended, `report ${code}`, `start retry ${delayMs}`];
}

describe("Link machine: connection and login, devlink3.md §5", () => {
  test("start connects; connected sends user and application name", () => {
    const bench = new Bench();
    assert.equal(bench.view, "closed");
    assert.deepEqual(bench.input({ type: "connected" }), []);
    assert.deepEqual(bench.input({ type: "start" }), ["connect"]);
    assert.equal(bench.view, "connecting");
    const words = bench.input({ type: "connected" });
    assert.deepEqual(words, ["send authRequest", "start answer 10000"]);
    assert.equal(bench.view, "authenticating");
    const tuples = [textTuple(0x007e0001, "Rec")];
    const packet = { type: "authRequest", requestId: 1, user: "recorder", tuples };
    assert.deepEqual(bench.outputs[0], { type: "send", packet });
  });

  test("the SHA-1 challenge is answered with a fresh RequestID", () => {
    const bench = new Bench().connected();
    const words = bench.packet({ type: "challengeSha1", requestId: 1, challenge: CHALLENGE });
    assert.deepEqual(words, ["answer sha1", "start answer 10000"]);
    const challenge = { kind: "sha1", bytes: CHALLENGE };
    assert.deepEqual(bench.outputs[0], { type: "answer", requestId: 2, challenge });
  });

  test("PLAIN is answered over TLS and refused for good without", () => {
    const secure = new Bench({ isSecure: true }).connected();
    assert.equal(secure.packet({ type: "challengePlain", requestId: 1 })[0], "answer plain");
    const plain = new Bench().connected();
    const words = plain.packet({ type: "challengePlain", requestId: 1 });
    assert.deepEqual(words, ["stopAll", "disconnect", "report DEVLINK3_PLAIN_REFUSED"]);
    assert.equal(plain.view, "refused DEVLINK3_PLAIN_REFUSED");
  });

  test("packets with another RequestID, or not of the login, are ignored", () => {
    const bench = new Bench().connected();
    assert.deepEqual(bench.packet({ type: "challengePlain", requestId: 9 }), ["note"]);
    assert.deepEqual(bench.event(1), ["note"]);
    bench.packet({ type: "challengeSha1", requestId: 1, challenge: CHALLENGE });
    const informational = { type: "authResult", requestId: 2, result: 5, tuples: [] } as const;
    assert.deepEqual(bench.packet(informational), ["note"]);
    assert.equal(bench.view, "authenticating");
  });

  test("a second challenge after the answer is refused: passwords are not tried in a loop", () => {
    const bench = new Bench().answered();
    bench.packet({ type: "challengeSha1", requestId: bench.id, challenge: CHALLENGE });
    assert.equal(bench.view, "refused DEVLINK3_REFUSED");
  });

  test("success hands over the tuples and asks for events", () => {
    const bench = new Bench().answered();
    const tuples = [textTuple(TUPLE_CODE.pbxVersion, "IPO build 23")];
    const words = bench.packet({ type: "authResult", requestId: bench.id, result: 0, tuples });
    assert.deepEqual(words, ["loggedIn", "send eventRequest", "start answer 10000"]);
    const packet = { type: "eventRequest", requestId: 3, flags: ["-SCN", "-SIPTrack"] };
    assert.deepEqual(bench.outputs[1], { type: "send", packet });
    assert.equal(linkState(bench.state, false).build, 23);
  });

  test("a build below 23 is reported and shown, not refused (R17)", () => {
    const bench = new Bench().loggedIn("IPO build 22");
    assert.ok(bench.outputs.some((output) => word(output) === "report DEVLINK3_BUILD_UNSUPPORTED"));
    bench.eventResponse(0, SETTINGS.flags);
    assert.equal(bench.view, "synchronising DEVLINK3_BUILD_UNSUPPORTED");
  });

  const stops: [number, string][] = [
    [0x80000041, "DEVLINK3_AUTHENTICATION_FAILED"],
    [0x80000099, "DEVLINK3_REFUSED"],
  ];
  for (const [result, code] of stops) {
    test(`login result ${result.toString(16)} stops for good with ${code}`, () => {
      const bench = new Bench().answered();
      assert.deepEqual(bench.loginResult(result), ["stopAll", "disconnect", `report ${code}`]);
      assert.equal(bench.view, `refused ${code}`);
      for (const event of ["start", "connected"] as const) {
        assert.deepEqual(bench.input({ type: event }), []);
      }
      assert.deepEqual(bench.timer("retry"), []);
    });
  }

  const retries: [number, string, number[]][] = [
    [0x80000042, "DEVLINK3_LIMITS_EXCEEDED", [60_000, 60_000, 60_000]],
    [0x80000043, "DEVLINK3_RETRY_LATER", [60_000, 120_000, 240_000, 480_000, 900_000, 900_000]],
    [0x80000044, "DEVLINK3_LICENCE_MISSING", [900_000, 900_000]],
  ];
  for (const [result, code, delays] of retries) {
    test(`login result ${result.toString(16)} retries after ${delays.join(", ")} ms`, () => {
      const bench = new Bench();
      for (const delayMs of delays) {
        bench.answered();
        assert.deepEqual(bench.loginResult(result), down(code, delayMs));
        assert.equal(bench.view, `waiting ${code}`);
      }
    });
  }

  test("a success sets the doubling of RETRY LATER back", () => {
    const bench = new Bench().answered();
    bench.loginResult(0x80000043);
    bench.streaming();
    bench.input({ type: "lost", detail: "gone" });
    bench.answered();
    assert.equal(bench.loginResult(0x80000043).at(-1), "start retry 60000");
  });

  test("connections that fail are tried again after 1, 2, 4 … 30 s, with chance", () => {
    const bench = new Bench();
    bench.input({ type: "start" });
    const trouble = { code: "DEVLINK3_UNREACHABLE", detail: "x" } as const;
    for (const delayMs of [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      const words = bench.input({ type: "connectFailed", trouble });
      assert.deepEqual(words, down("DEVLINK3_UNREACHABLE", delayMs));
      assert.equal(bench.view, "waiting DEVLINK3_UNREACHABLE");
      assert.deepEqual(bench.timer("retry"), ["connect"]);
      assert.equal(bench.view, "connecting DEVLINK3_UNREACHABLE");
    }
    const words = bench.input({ type: "connectFailed", trouble }, 0);
    assert.equal(words.at(-1), "start retry 24000");
  });

  test("a connection lost or damaged before the stream is tried again", () => {
    for (const reach of ["connected", "answered", "loggedIn"] as const) {
      const lost = new Bench()[reach]();
      const words = lost.input({ type: "lost", detail: "gone" });
      assert.deepEqual(words, down("DEVLINK3_CONNECTION_LOST", 1_000));
      const damaged = new Bench()[reach]();
      damaged.input({ type: "damaged", detail: "bad-mark" });
      assert.equal(damaged.view, "waiting DEVLINK3_INTEGRITY_LOST");
    }
    const connecting = new Bench();
    connecting.input({ type: "start" });
    assert.deepEqual(connecting.timer("idle"), []);
    connecting.input({ type: "lost", detail: "gone" });
    assert.equal(connecting.view, "waiting DEVLINK3_CONNECTION_LOST");
  });

  test("no answer in 10 s to login or event request: reconnect", () => {
    for (const reach of ["connected", "answered", "loggedIn"] as const) {
      const bench = new Bench()[reach]();
      assert.deepEqual(bench.timer("idle"), []);
      assert.deepEqual(bench.input({ type: "start" }), []);
      assert.deepEqual(bench.timer("answer"), down("DEVLINK3_SILENT", 1_000));
    }
  });
});

describe("Link machine: event request, devlink3.md §6.1", () => {
  test("success begins a stream: synchronising, with its three timers", () => {
    const bench = new Bench().loggedIn();
    assert.deepEqual(bench.eventResponse(0, SETTINGS.flags), [
      "stop answer",
      "began 1",
      "start quiet 1000",
      "start snapshot 10000",
      "start idle 30000",
    ]);
    assert.equal(bench.view, "synchronising");
    assert.equal(linkState(bench.state, true).flags, "-SCN -SIPTrack");
  });

  test("an answer with another RequestID is ignored", () => {
    const bench = new Bench().loggedIn();
    const packet: Packet = { type: "eventResponse", requestId: 99, result: 0, flags: [] };
    assert.deepEqual(bench.packet(packet), ["note"]);
  });

  test("partial success streams and says which flags are missing", () => {
    const bench = new Bench().loggedIn();
    assert.ok(bench.eventResponse(9, ["-SCN"]).includes("report DEVLINK3_FLAGS_REFUSED"));
    assert.equal(bench.view, "synchronising DEVLINK3_FLAGS_REFUSED");
    assert.equal(linkState(bench.state, false).detail, "not granted: -SIPTrack");
    assert.equal(linkState(bench.state, false).flags, "-SCN");
  });

  test("partial success that grants all after all is a success", () => {
    const bench = new Bench().loggedIn();
    bench.eventResponse(9, SETTINGS.flags);
    assert.equal(bench.view, "synchronising");
  });

  test("too few licences: again without -SCN, and the state says so from then on", () => {
    const bench = new Bench().loggedIn();
    const words = bench.eventResponse(0x80000022, []);
    assert.deepEqual(words, down("DEVLINK3_LICENCE_INSUFFICIENT", 1_000));
    bench.loggedIn();
    assert.deepEqual(
      bench.outputs.find((output) => output.type === "send"),
      { type: "send", packet: { type: "eventRequest", requestId: bench.id, flags: ["-SIPTrack"] } },
    );
    bench.eventResponse(0, ["-SIPTrack"]);
    bench.timer("quiet");
    assert.equal(bench.view, "streaming DEVLINK3_LICENCE_INSUFFICIENT");
  });

  test("too few licences without -SCN: every 15 min; feature not available: stop", () => {
    const licence = new Bench({ flags: ["-SIPTrack"] }).loggedIn();
    assert.equal(licence.eventResponse(0x80000022).at(-1), "start retry 900000");
    const feature = new Bench().loggedIn();
    feature.eventResponse(0x80000023);
    assert.equal(feature.view, "refused DEVLINK3_REFUSED");
  });
});

describe("Link machine: snapshot and stream, devlink3.md §6", () => {
  test("each record of the snapshot starts the second of quiet anew; a SIPTrack does not", () => {
    const bench = new Bench().synchronising();
    assert.deepEqual(bench.event(1), ["start idle 30000", "deliver 1", "start quiet 1000"]);
    assert.deepEqual(bench.event(2, TUPLE_CODE.sipTrack), ["start idle 30000", "deliver 2"]);
  });

  for (const timer of ["quiet", "snapshot"] as const) {
    test(`the ${timer} timer finishes the snapshot`, () => {
      const bench = new Bench().synchronising();
      assert.deepEqual(bench.timer(timer), ["stop quiet", "stop snapshot", "snapshotFinished"]);
      assert.equal(bench.view, "streaming");
      assert.deepEqual(bench.timer(timer), []);
    });
  }

  test("a finished snapshot sets the back-off and the trouble back", () => {
    const bench = new Bench().connected();
    bench.input({ type: "lost", detail: "x" });
    bench.connected().input({ type: "lost", detail: "x" });
    bench.streaming();
    assert.equal(bench.view, "streaming");
    const words = bench.input({ type: "lost", detail: "x" });
    assert.deepEqual(words, down("DEVLINK3_CONNECTION_LOST", 1_000, true));
  });

  test("the epoch grows with each stream", () => {
    const bench = new Bench().streaming();
    bench.input({ type: "damaged", detail: "bad-mark" });
    assert.equal(bench.view, "waiting DEVLINK3_INTEGRITY_LOST");
    bench.loggedIn();
    assert.ok(bench.eventResponse(0, SETTINGS.flags).includes("began 2"));
  });

  test("events before the stream are not delivered", () => {
    assert.deepEqual(new Bench().loggedIn().event(1), ["note"]);
  });

  test("a gap delivers the event, then reconnects for a new snapshot", () => {
    const bench = new Bench().streaming();
    bench.event(0xffffffff);
    assert.deepEqual(bench.event(0), ["start idle 30000", "deliver 0"]);
    assert.deepEqual(bench.event(2), [
      "start idle 30000",
      "deliver 2",
      ...down("DEVLINK3_EVENTS_LOST", 1_000, true),
    ]);
    assert.equal(bench.view, "waiting DEVLINK3_EVENTS_LOST");
    // Counters begin anew with the connection.
    bench.streaming();
    assert.deepEqual(bench.event(500), ["start idle 30000", "deliver 500"]);
  });

  test("a repeated or older event is delivered all the same", () => {
    const bench = new Bench().streaming();
    bench.event(7);
    assert.deepEqual(bench.event(7), ["start idle 30000", "note", "deliver 7"]);
    assert.deepEqual(bench.event(8), ["start idle 30000", "deliver 8"]);
  });

  test("addresses have counters of their own", () => {
    const bench = new Bench().streaming();
    bench.event(7);
    assert.ok(bench.event(100, TUPLE_CODE.callDelta3, "10.0.0.2").includes("deliver 100"));
    assert.equal(bench.view, "streaming");
  });
});

describe("Link machine: keep-alive, devlink3.md §4", () => {
  test("30 s without traffic send a test packet with 10 s to answer", () => {
    const bench = new Bench().streaming();
    assert.deepEqual(bench.timer("idle"), ["send testRequest", "start test 10000"]);
    const requestId = bench.id;
    const payload = new Uint8Array(0);
    const words = bench.packet({ type: "testResponse", requestId, result: 0, payload });
    assert.deepEqual(words, ["stop test", "start idle 30000"]);
  });

  test("any packet proves that the IP Office lives", () => {
    const bench = new Bench().streaming();
    bench.timer("idle");
    const unknown: Packet = { type: "unknown", code: 1, payload: new Uint8Array(4) };
    assert.deepEqual(bench.packet(unknown), ["stop test", "start idle 30000"]);
    assert.deepEqual(bench.packet(unknown), ["start idle 30000"]);
  });

  test("no answer: reconnect", () => {
    const bench = new Bench().streaming();
    bench.timer("idle");
    assert.deepEqual(bench.timer("test"), down("DEVLINK3_SILENT", 1_000, true));
  });

  for (const result of [0x80000002, 0x80000003]) {
    test(`test result ${result.toString(16)}: this stream is finished`, () => {
      const bench = new Bench().streaming();
      bench.timer("idle");
      const payload = new Uint8Array(0);
      bench.packet({ type: "testResponse", requestId: bench.id, result, payload });
      assert.equal(bench.view, "waiting DEVLINK3_INTEGRITY_LOST");
    });
  }

  test("timers that do not belong to the stream, and further starts, do nothing", () => {
    const bench = new Bench().streaming();
    assert.deepEqual([...bench.timer("retry"), ...bench.timer("answer")], []);
    assert.deepEqual(bench.input({ type: "start" }), []);
  });
});

describe("Link machine: close", () => {
  const reaches = ["connected", "answered", "loggedIn", "synchronising", "streaming"] as const;
  for (const reach of reaches) {
    test(`from ${reach}`, () => {
      const bench = new Bench()[reach]();
      const hadStream = reach === "synchronising" || reach === "streaming";
      const words = bench.input({ type: "close" });
      assert.deepEqual(words, ["stopAll", "disconnect", ...(hadStream ? ["streamEnded"] : [])]);
      assert.equal(bench.view, "closed");
      assert.deepEqual(bench.input({ type: "close" }), []);
      assert.deepEqual(bench.input({ type: "start" }), []);
    });
  }

  test("while waiting, the retry is called off", () => {
    const bench = new Bench().connected();
    bench.input({ type: "lost", detail: "x" });
    assert.deepEqual(bench.input({ type: "lost", detail: "x" }), []);
    bench.input({ type: "close" });
    assert.deepEqual(bench.timer("retry"), []);
  });

  test("RequestIDs skip 0 when they wrap", () => {
    const bench = new Bench();
    const { memory } = bench.state;
    bench.state = { name: "idle", memory: { ...memory, lastRequestId: 0xffffffff } };
    bench.connected();
    assert.equal(bench.id, 1);
  });
});

describe("link machine: what it says", () => {
  /** What an operator reads of the state. */
  const detailOf = ({ state }: Bench): string | null => linkState(state, false).detail;

  const notesOf = ({ outputs }: Bench): string[] =>
    outputs.flatMap((output) => (output.type === "note" ? [output.text] : []));

  test("each trouble has the detail that tells it from its kin", () => {
    const silent = new Bench().connected();
    silent.timer("answer");
    assert.equal(detailOf(silent), "no answer to the login");
    const unanswered = new Bench().loggedIn();
    unanswered.timer("answer");
    assert.equal(detailOf(unanswered), "no answer to the event request");
    const untested = new Bench().streaming();
    untested.timer("idle");
    untested.timer("test");
    assert.equal(detailOf(untested), "no answer to a test packet in 10000 ms");
    const finished = new Bench().streaming();
    const payload = new Uint8Array(0);
    const result = 0x80000002;
    finished.packet({ type: "testResponse", requestId: 1, result, payload });
    assert.equal(detailOf(finished), "result 80000002 to a test packet");
    const gap = new Bench().streaming();
    gap.event(4);
    gap.event(7);
    assert.equal(detailOf(gap), "2 events of 10.0.0.1 before counter 7");
    const plain = new Bench().connected();
    plain.packet({ type: "challengePlain", requestId: plain.id });
    assert.equal(detailOf(plain), "connection closed");
    const again = new Bench().answered();
    again.packet({ type: "challengeSha1", requestId: again.id, challenge: CHALLENGE });
    assert.equal(detailOf(again), "a second challenge came");
    const partial = new Bench().loggedIn();
    partial.eventResponse(9, []);
    assert.equal(detailOf(partial), "not granted: -SCN -SIPTrack");
  });

  test("a connection lost or damaged is told in the words that came with it", () => {
    const told = (event: LinkEvent): [string | null, string | null] => {
      const { state } = (() => {
        const bench = new Bench().streaming();
        bench.input(event);
        return bench;
      })();
      const { code, detail } = linkState(state, false);
      return [code, detail];
    };
    assert.deepEqual(told({ type: "lost", detail: "closed by the IP Office" }), [
      "DEVLINK3_CONNECTION_LOST",
      "closed by the IP Office",
    ]);
    assert.deepEqual(told({ type: "damaged", detail: "bad-mark at byte 7" }), [
      "DEVLINK3_INTEGRITY_LOST",
      "bad-mark at byte 7",
    ]);
    const trouble = { code: "DEVLINK3_UNREACHABLE", detail: "no route" } as const;
    assert.deepEqual(told({ type: "connectFailed", trouble }), [trouble.code, trouble.detail]);
  });

  test("what is ignored, and an old event, leave a note", () => {
    const waiting = new Bench().connected();
    const event = { address: "10.0.0.1", counter: 1, tuples: [] };
    waiting.packet({ type: "event", ...event });
    assert.deepEqual(notesOf(waiting), ["event ignored while authenticating"]);
    const asked = new Bench().loggedIn();
    asked.packet({ type: "challengePlain", requestId: asked.id });
    assert.deepEqual(notesOf(asked), ["challengePlain ignored while requesting"]);
    const streaming = new Bench().streaming();
    streaming.event(5);
    assert.deepEqual(notesOf(streaming), []);
    streaming.event(4);
    assert.deepEqual(notesOf(streaming), ["old counter 4 from 10.0.0.1"]);
  });

  test("the state tells version, build, the flags granted and whether recordings can be controlled", () => {
    const bench = new Bench().loggedIn("IP Office 12.1.0.0 build 23");
    assert.deepEqual(linkState(bench.state, true), {
      ...{ name: "authenticating", code: null, detail: null, flags: null },
      ...{ version: "IP Office 12.1.0.0 build 23", build: 23, hasRecordingControl: true },
    });
    bench.eventResponse(0);
    const { name, flags, hasRecordingControl } = linkState(bench.state, false);
    assert.deepEqual(
      [name, flags, hasRecordingControl],
      ["synchronising", "-SCN -SIPTrack", false],
    );
    assert.equal(linkState(new Bench().state, false).name, "closed");
  });
});
