// The trace: lines, hash, and what it must not hold.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { describe, test } from "node:test";
import fc from "fast-check";
import { checksum, Trace } from "../../src/world/trace.ts";
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
