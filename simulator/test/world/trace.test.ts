// The trace: lines, hash, and what it must not hold.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checksum, Trace, traceText } from "../../src/world/trace.ts";
import { ticksFor } from "../../src/world/virtual-time.ts";
import { bindUdp, RECORDER_ADDRESS, twoHosts } from "./two-hosts.ts";

describe("trace", () => {
  test("the hash is the SHA-256 of all lines, however many there are", () => {
    let nowTicks = 0;
    const trace = new Trace("full", () => nowTicks);
    for (let line = 0; line < 5000; line += 1) {
      nowTicks = ticksFor(line);
      trace.add(`event ${line}`);
      if (line % 1000 === 0) trace.hash();
    }
    const text = trace.lines().join("\n") + "\n";
    assert.equal(trace.hash(), createHash("sha256").update(text).digest("hex"));
    assert.equal(trace.lines()[1234], "1234000 event 1234");
    assert.deepEqual(trace.recent(3), trace.lines().slice(-3));
    assert.deepEqual(trace.recent(0), []);
  });

  test("a line by pieces is the line as a text, and its bytes are hashed, however long it is", () => {
    const numbers = fc.oneof(
      fc.nat(),
      fc.maxSafeNat(),
      fc.constantFrom(0, 9, 10, 99, 100, 2 ** 31),
    );
    const texts = fc.oneof(
      fc.string({ unit: "binary" }).map((text) => text.replaceAll("\n", "")),
      fc.constantFrom("", "é".repeat(9000), "long ".repeat(9000)),
    );
    fc.assert(
      fc.property(fc.array(fc.tuple(texts, numbers, fc.uint8Array())), (lines) => {
        const [byPieces, asTexts] = [new Trace("full", () => 0), new Trace("full", () => 0)];
        for (const [text, number, data] of lines) {
          byPieces.begin(traceText(text)).number(number).checksum(data).end();
          asTexts.add(`${text}${number}${checksum(data)}`);
        }
        assert.deepEqual(byPieces.lines(), asTexts.lines());
        assert.equal(byPieces.hash(), asTexts.hash());
        const whole = asTexts.lines().map((line) => `${line}\n`);
        assert.equal(byPieces.hash(), createHash("sha256").update(whole.join("")).digest("hex"));
        assert.deepEqual(byPieces.recent(1), byPieces.lines().slice(-1));
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  test("the checksum tells payloads apart that differ in any one byte", () => {
    const payload = fc.uint8Array({ minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(payload, fc.nat(), fc.integer({ min: 1, max: 255 }), (data, where, change) => {
        const other = data.slice();
        const index = where % data.length;
        other[index] = (other[index] ?? 0) ^ change;
        assert.notEqual(checksum(other), checksum(data));
        assert.equal(checksum(data.slice()), checksum(data));
        assert.match(checksum(data), /^[0-9a-f]{8}$/);
      }),
      { seed: 1 },
    );
  });

  test("payloads are not in the trace, only their length and checksum", async () => {
    const { world, pbx, recorder } = twoHosts();
    await bindUdp(world, recorder, { host: "0.0.0.0", port: 6000 });
    const { socket } = await bindUdp(world, pbx, { host: "0.0.0.0", port: 5000 });
    const secret = new TextEncoder().encode("a spoken card number");
    socket.send(secret, { host: RECORDER_ADDRESS, port: 6000 });
    await world.runFor(10);
    const text = world.traceLines().join("\n");
    assert.ok(text.includes(`udp 192.0.2.1:5000>192.0.2.10:6000 20 ${checksum(secret)} +`));
    assert.ok(!text.includes("card") && !text.includes(Buffer.from(secret).toString("hex")));
  });
});
