// Log lines: levels, stamps, tags, secrets (R18, R19).
import assert from "node:assert/strict";
import { test } from "node:test";
import { createLogger, type LogLevel } from "../src/log.ts";
import { DEVLINK_FILTER } from "../src/log-filters.ts";
import type { LogFile } from "../src/ports/index.ts";
import { createLogs } from "../src/recorder-logs.ts";
import { TestClock } from "./sip/fake-ports.ts";

class Sink {
  readonly lines: [LogFile, string][] = [];

  write(file: LogFile, line: string): void {
    this.lines.push([file, line]);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  /** Lines as JSON. */
  parsed(): unknown[] {
    return this.lines.map(([, line]) => JSON.parse(line) as unknown);
  }
}

function open(level: LogLevel) {
  const log = new Sink();
  return {
    log,
    logger: createLogger({ file: "library.log", level }, { clock: new TestClock(), log }),
  };
}

const AT = "2026-11-22T17:00:01.000Z";

test("a line is JSON with level, time of the clock port, fields and message", () => {
  const { log, logger } = open("info");
  logger.info("call came in", { sipCallId: "77aa" });
  assert.deepEqual(log.parsed(), [
    { level: "info", at: AT, sipCallId: "77aa", msg: "call came in" },
  ]);
  assert.equal(log.lines[0]?.[0], "library.log");
  assert.ok(!log.lines[0]?.[1].includes("\n"));
});

for (const [level, expected] of [
  ["debug", ["debug", "info", "warn", "error"]],
  ["info", ["info", "warn", "error"]],
  ["warn", ["warn", "error"]],
  ["error", ["error"]],
] as const) {
  test(`level ${level} lets ${expected.join(", ")} through`, () => {
    const { log, logger } = open(level);
    for (const name of ["debug", "info", "warn", "error"] as const) logger[name](name);
    assert.deepEqual(
      log.parsed().map((line) => (line as { msg: string }).msg),
      expected,
    );
  });
}

test("R19 a child adds its tags to every line", () => {
  const { log, logger } = open("info");
  logger.child({ recordingId: "k" }).child({ liveStreamId: "s" }).warn("degraded");
  assert.deepEqual(log.parsed(), [
    { level: "warn", at: AT, recordingId: "k", liveStreamId: "s", msg: "degraded" },
  ]);
});

test("secrets do not reach the log", () => {
  const { log, logger } = open("info");
  logger.info("x", { password: "p", link: { password: "p" }, key: "k", authorization: "a" });
  const text = log.lines[0]?.[1] ?? "";
  assert.ok(!/"[pka]"/.test(text), text);
  assert.equal(text.match(/\*\*\*/g)?.length, 4);
});

test("to mask a secret changes nothing of what the caller has, nor the order of fields", () => {
  const { log, logger } = open("info");
  const link = { host: "192.0.2.1", password: "p", port: 1 };
  logger.child({ link }).info("x", { password: null, reason: null, list: [{ user: "u" }] });
  assert.deepEqual(link, { host: "192.0.2.1", password: "p", port: 1 });
  assert.equal(
    log.lines[0]?.[1],
    `{"level":"info","at":"${AT}","link":{"host":"192.0.2.1","password":"***","port":1},` +
      '"password":"***","reason":null,"list":[{"user":"u"}],"msg":"x"}',
  );
});

test("R18, R24 the five log files and their forms", () => {
  const log = new Sink();
  const logs = createLogs({ level: "warn" }, { clock: new TestClock(), log });
  logs.library.info("not at this level");
  logs.library.warn("library");
  logs.server.warn("server");
  logs.callCenter.info("call began");
  logs.event("192.0.2.1 Detail");
  logs.rawStream("192.0.2.1")("in", new Uint8Array([0, 73, 0, 255]).subarray(1));
  assert.deepEqual(
    log.lines.map(([file]) => file),
    [
      "library.log",
      "server.log",
      "server_edition/call_center.log",
      "server_edition/events.log",
      "cd3_log",
    ],
  );
  assert.equal(DEVLINK_FILTER, "Recording Library > Server Edition > DevLink Active Recording");
  assert.equal((JSON.parse(log.lines[1]?.[1] ?? "") as { filter: string }).filter, DEVLINK_FILTER);
  assert.equal(log.lines[3]?.[1], `${AT} 192.0.2.1 Detail`);
  assert.equal(log.lines[4]?.[1], `${AT} 192.0.2.1 in 4900ff`);
});

test("R18, R19 a filter is switched while loggers write; what is below it follows", () => {
  const log = new Sink();
  const logs = createLogs({ level: "info" }, { clock: new TestClock(), log });
  const call = logs.recordings.child({ recordingId: "k" });
  call.debug("not yet");
  assert.ok(logs.filters.set("Recording Library", "debug"));
  call.debug("now");
  logs.server.debug("also below");
  assert.ok(logs.filters.set("devlink active recording", "error"));
  logs.server.warn("no more");
  call.debug("still");
  assert.deepEqual(
    log.parsed().map((line) => (line as { msg: string }).msg),
    ["now", "also below", "still"],
  );
});

test("R19 who knows one tag of a recording gets the others filled in", () => {
  const log = new Sink();
  const logs = createLogs({ level: "info" }, { clock: new TestClock(), log });
  const call = logs.recordings.child({ sipCallId: "77aa", recordingId: "k", liveStreamId: null });
  call.info("came in");
  logs.server.info("answered", { liveStreamId: "s" });
  call.child({ liveStreamId: "s" }).debug("not written, and yet learnt");
  logs.storage.info("stored", { recordingId: "k" });
  logs.sip.info("SIP out", { sipCallId: "77aa" });
  logs.server.info("stopped", { liveStreamId: "s" });
  logs.library.info("of no recording");
  const tags = log.parsed().map((line) => {
    const { sipCallId, recordingId, liveStreamId } = line as Record<string, unknown>;
    return [sipCallId, recordingId, liveStreamId];
  });
  assert.deepEqual(tags, [
    ["77aa", "k", null],
    [null, null, "s"],
    ["77aa", "k", "s"],
    ["77aa", "k", "s"],
    ["77aa", "k", "s"],
    [undefined, undefined, undefined],
  ]);
});
