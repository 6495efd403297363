// The packet-to-call rules of design.md §5, one by one, on the router alone.
import assert from "node:assert/strict";
import test from "node:test";
import {
  HELD_PACKETS_LIMIT,
  HELD_SOURCES_LIMIT,
  INVITE_OVERTAKEN_MS,
  PacketRouter,
  RUNNING_MS,
  type Terms,
  WAITS_MS,
} from "../../src/media/packet-router.ts";
import type { Address } from "../../src/ports/index.ts";
import { makeRtpHeader, readRtpHeader } from "../../src/rtp/packet.ts";
import { packet } from "./rtp-builder.ts";

const PBX = "192.0.2.1";
const FIRST: Address = { host: PBX, port: 1000 };
const SECOND: Address = { host: PBX, port: 1002 };
const OTHER: Address = { host: PBX, port: 7000 };

class RouterBench {
  readonly router: PacketRouter<string>;
  nowMs = 0;

  constructor(localPortDecides = false, openedMs = Number.NEGATIVE_INFINITY) {
    const isAllowed = (host: string): boolean => host === PBX;
    this.router = new PacketRouter({ isAllowed, localPortDecides, openedMs });
  }

  open(owner: string, remote: Address | null = FIRST, changed: Partial<Terms> = {}) {
    const terms = { remote, signallingHost: PBX, expectsMedia: true, ...changed };
    return this.router.open(owner, terms);
  }

  /** Verdict, and the owner where there is one. */
  route(source: Address, n: number, ssrc = 1): string {
    const data = packet(n, { ssrc });
    const header = makeRtpHeader();
    assert.equal(readRtpHeader(data, header), null);
    const verdict = this.router.route(data, header, { source: { ...source }, nowMs: this.nowMs });
    const hasOwner = verdict === "claimed" || verdict === "latched";
    return hasOwner ? `${verdict} ${this.router.claim?.owner}` : verdict;
  }
}

test("packets of the SDP pair are the dialog's from its claim on, not before", () => {
  const bench = new RouterBench();
  assert.equal(bench.route(FIRST, 0), "held");
  bench.open("a");
  assert.equal(bench.route(FIRST, 1), "claimed a");
  assert.equal(bench.router.takeExpired(0), 1);
});

test("a stream that runs when the port opens falls to no call: it is of one lost with power", () => {
  const bench = new RouterBench(false, 1_000);
  bench.nowMs = 1_000;
  bench.open("silent", FIRST, { openedMs: 1_000 });
  bench.nowMs = 1_000 + RUNNING_MS - 1;
  assert.equal(bench.route(OTHER, 0), "held");
  bench.nowMs += 20;
  assert.equal(bench.route(OTHER, 1), "held");
  assert.equal(bench.route(SECOND, 0), "held");
  assert.equal(bench.route(SECOND, 1), "latched silent");
});

test("the SSRC alone never maps a packet to a call", () => {
  const bench = new RouterBench();
  bench.open("a");
  bench.open("b", SECOND);
  assert.equal(bench.route(FIRST, 0, 5), "claimed a");
  assert.equal(bench.route(SECOND, 0, 5), "claimed b");
});

test("one dialog without media latches after two consecutive sequence numbers, held ones included", () => {
  const bench = new RouterBench();
  bench.open("a");
  assert.equal(bench.route(OTHER, 0), "held");
  assert.equal(bench.route(OTHER, 2), "held");
  assert.equal(bench.route(OTHER, 3), "latched a");
  assert.deepEqual(
    bench.router.released.map((held) => held.sequence),
    [0, 2, 3],
  );
  assert.equal(bench.route(OTHER, 4), "claimed a");
});

test("two dialogs without media are ambiguous until one of them has it", () => {
  const bench = new RouterBench();
  bench.open("a");
  bench.open("b", SECOND);
  bench.route(OTHER, 0);
  assert.equal(bench.route(OTHER, 1), "ambiguous");
  assert.equal(bench.route(FIRST, 0, 9), "claimed a");
  assert.equal(bench.route(OTHER, 2), "latched b");
});

test("while a dialog has media nothing else latches; after 1 s of silence another source may", () => {
  const bench = new RouterBench();
  bench.open("a");
  bench.route(FIRST, 0);
  bench.nowMs = 900;
  bench.route(OTHER, 0, 2);
  assert.equal(bench.route(OTHER, 1, 2), "held");
  bench.nowMs = 1100;
  assert.equal(bench.route(OTHER, 2, 2), "latched a");
  assert.equal(bench.route(FIRST, 1), "claimed a", "the SDP's pair takes it back");
  assert.equal(bench.route(OTHER, 3, 2), "held");
});

test("a stream that ran long before the dialog is another call's, though this one lacks media", () => {
  const bench = new RouterBench();
  let n = 0;
  for (; bench.nowMs < 700; bench.nowMs += 20) bench.route(OTHER, n++);
  bench.open("a", FIRST, { openedMs: bench.nowMs });
  for (let more = 0; more < 100; more += 1, bench.nowMs += 20) {
    assert.equal(bench.route(OTHER, n++), "held");
  }
  assert.equal(bench.route(FIRST, 0), "claimed a");
});

test("a stream that ran beside a dialog's own does not follow it into silence", () => {
  const bench = new RouterBench();
  bench.open("a", FIRST, { openedMs: 0 });
  for (let n = 0; n < 50; n += 1, bench.nowMs += 20) {
    assert.equal(bench.route(FIRST, n), "claimed a");
    assert.equal(bench.route(OTHER, n, 9), "held");
  }
  for (let n = 50; n < 150; n += 1, bench.nowMs += 20) {
    assert.equal(bench.route(OTHER, n, 9), "held");
  }
  // After a pause of its own it is a new stream.
  bench.nowMs += 600;
  assert.equal(bench.route(OTHER, 200, 9), "held");
  bench.nowMs += INVITE_OVERTAKEN_MS;
  assert.equal(bench.route(OTHER, 201, 9), "latched a");
});

test("audio that has overtaken its INVITE goes to no call that was heard before", () => {
  const bench = new RouterBench();
  bench.open("a");
  bench.route(FIRST, 0);
  bench.nowMs = 5_000;
  bench.route(OTHER, 0, 2);
  bench.nowMs += INVITE_OVERTAKEN_MS - 1;
  assert.equal(bench.route(OTHER, 1, 2), "held");
  bench.open("b", OTHER, { openedMs: bench.nowMs });
  bench.nowMs += 20;
  assert.equal(bench.route(OTHER, 2, 2), "claimed b");
});

test("a dialog on hold lacks nothing, and its silence is no reason for another source", () => {
  const bench = new RouterBench();
  const { claim } = bench.open("a");
  bench.route(FIRST, 0);
  const held = { remote: null, signallingHost: PBX, expectsMedia: false, nowMs: 100 };
  bench.router.renegotiate(claim, held);
  bench.nowMs = 5000;
  bench.route(OTHER, 0, 2);
  assert.equal(bench.route(OTHER, 1, 2), "held");
  const back = { remote: FIRST, signallingHost: PBX, expectsMedia: true, nowMs: 5000 };
  bench.router.renegotiate(claim, back);
  assert.equal(bench.route(OTHER, 2, 2), "held");
});

test("a re-offer moves the claim; what its new pair sent before is handed over", () => {
  const bench = new RouterBench();
  const { claim } = bench.open("a");
  bench.route(FIRST, 0);
  bench.route(SECOND, 0, 2);
  bench.route(SECOND, 1, 2);
  bench.nowMs = 100;
  const terms = { remote: SECOND, signallingHost: PBX, expectsMedia: true, nowMs: 100 };
  const { held } = bench.router.renegotiate(claim, terms);
  assert.equal(held.length, 2);
  assert.equal(bench.route(SECOND, 2, 2), "claimed a");
  assert.equal(bench.route(FIRST, 1), "held");
});

test("a re-offer ends the claim to a source that was followed before", () => {
  const bench = new RouterBench();
  const { claim } = bench.open("a");
  bench.route(OTHER, 0, 2);
  assert.equal(bench.route(OTHER, 1, 2), "latched a");
  bench.nowMs = 100;
  const terms = { remote: SECOND, signallingHost: PBX, expectsMedia: true, nowMs: 100 };
  bench.router.renegotiate(claim, terms);
  assert.equal(bench.route(OTHER, 2, 2), "held");
  assert.equal(bench.route(SECOND, 0, 3), "claimed a");
});

test("a pair claimed twice: the newer claim takes new SSRCs, the older keeps its own", () => {
  const bench = new RouterBench();
  bench.open("old");
  bench.route(FIRST, 0, 1);
  assert.deepEqual(bench.open("new").rivals, ["old"]);
  assert.equal(bench.route(FIRST, 1, 1), "claimed old");
  assert.equal(bench.route(FIRST, 0, 2), "claimed new");
  assert.equal(bench.route(FIRST, 2, 1), "claimed old");
  assert.equal(bench.route(FIRST, 0, 3), "claimed new");
});

test("a pair claimed by calls that nobody has heard: they speak in the order of their claims", () => {
  const bench = new RouterBench();
  bench.open("old", FIRST, { openedMs: 0 });
  bench.open("new", FIRST, { openedMs: WAITS_MS });
  assert.equal(bench.route(FIRST, 0, 1), "claimed old");
  assert.equal(bench.route(FIRST, 0, 2), "claimed new");
  assert.equal(bench.route(FIRST, 1, 1), "claimed old");
  assert.equal(bench.route(FIRST, 0, 3), "claimed new");
});

test("who was silent longer, or expects nothing, has no right to the first packet any more", () => {
  const silent = new RouterBench();
  silent.open("old", FIRST, { openedMs: 0 });
  silent.open("new", FIRST, { openedMs: WAITS_MS + 1 });
  assert.equal(silent.route(FIRST, 0, 1), "claimed new");
  const held = new RouterBench();
  held.open("old", FIRST, { openedMs: 0, expectsMedia: false });
  held.open("new", FIRST, { openedMs: 0 });
  assert.equal(held.route(FIRST, 0, 1), "claimed new");
});

test("after BYE the call's SSRC is refused on its pair for 5 s, other SSRCs are not", () => {
  const bench = new RouterBench();
  const { claim } = bench.open("a");
  bench.route(FIRST, 0, 1);
  bench.router.close(claim, [1], 0);
  bench.open("b");
  bench.nowMs = 4999;
  assert.equal(bench.route(FIRST, 1, 1), "stray");
  assert.equal(bench.route(FIRST, 1, 2), "claimed b");
  bench.nowMs = 5001;
  assert.equal(bench.route(FIRST, 2, 1), "claimed b");
  bench.router.takeExpired(bench.nowMs);
  assert.equal(bench.route(FIRST, 3, 1), "claimed b");
});

test("for 5 s after BYE no silent call follows its pair, whatever SSRC speaks there; an INVITE may", () => {
  const bench = new RouterBench();
  bench.open("silent", SECOND);
  const { claim } = bench.open("a");
  bench.route(FIRST, 0, 1);
  bench.router.close(claim, [1], 0);
  for (const [n, nowMs] of [20, 40, 60].entries()) {
    bench.nowMs = nowMs;
    assert.equal(bench.route(FIRST, n, 2), "held");
  }
  bench.nowMs = 5_001;
  assert.equal(bench.route(FIRST, 3, 2), "held");
  assert.equal(bench.route(FIRST, 4, 2), "latched silent");
  const { claim: again } = bench.open("b");
  assert.equal(bench.route(FIRST, 5, 3), "claimed b");
  bench.router.close(again, [3], 5_001);
  bench.open("c");
  assert.equal(bench.route(FIRST, 6, 4), "claimed c");
});

test("one SSRC that ended on two pairs is refused on both, on each for its own 5 s", () => {
  const bench = new RouterBench();
  const first = bench.open("a").claim;
  const second = bench.open("b", SECOND).claim;
  bench.route(FIRST, 0, 1);
  bench.route(SECOND, 0, 1);
  bench.router.close(first, [1], 0);
  bench.router.close(second, [1], 1000);
  bench.open("c");
  bench.open("d", SECOND);
  bench.nowMs = 4000;
  assert.equal(bench.route(FIRST, 1, 1), "stray");
  assert.equal(bench.route(SECOND, 1, 1), "stray");
  bench.nowMs = 5500;
  assert.equal(bench.route(FIRST, 2, 1), "claimed c");
  assert.equal(bench.route(SECOND, 2, 1), "stray");
});

test("other hosts are strays at once; the signalling peer's are not", () => {
  const bench = new RouterBench();
  assert.equal(bench.route({ host: "203.0.113.9", port: 1 }, 0), "stray");
  bench.open("a", FIRST, { signallingHost: "203.0.113.9" });
  const source = { host: "203.0.113.9", port: 1 };
  assert.equal(bench.route(source, 0), "held");
  assert.equal(bench.route(source, 1), "latched a");
});

test("held packets expire after 500 ms, are at most 64 a source, and sources are limited", () => {
  const bench = new RouterBench();
  for (let n = 0; n < HELD_PACKETS_LIMIT + 6; n += 1) bench.route(OTHER, n * 2);
  assert.equal(bench.router.takeExpired(400), 6);
  bench.nowMs = 450;
  bench.route(OTHER, 500);
  assert.equal(bench.router.takeExpired(600), HELD_PACKETS_LIMIT);
  for (let port = 0; port < HELD_SOURCES_LIMIT - 1; port += 1) {
    bench.route({ host: PBX, port: 10_000 + port }, 0);
  }
  assert.equal(bench.route({ host: PBX, port: 60_000 }, 0), "stray");
});

test("with rtp.range the local port decides, but two packets must agree on another source", () => {
  const bench = new RouterBench(true);
  bench.open("a", { host: "198.51.100.1", port: 5 }, { signallingHost: "198.51.100.1" });
  assert.equal(bench.route(OTHER, 0), "held");
  assert.equal(bench.route(OTHER, 1), "latched a");
});

test("RTCP belongs to the call whose source is one port below", () => {
  const bench = new RouterBench();
  bench.open("a");
  assert.equal(bench.router.ownerOfRtcp({ host: PBX, port: 1001 }), "a");
  assert.equal(bench.router.ownerOfRtcp({ host: PBX, port: 1003 }), null);
});

test("an offerless call claims its pair when the answer names it", () => {
  const bench = new RouterBench();
  const { claim, rivals } = bench.open("a", null);
  assert.deepEqual(rivals, []);
  assert.equal(bench.route(FIRST, 0), "held");
  const terms = { remote: FIRST, signallingHost: PBX, expectsMedia: true, nowMs: 10 };
  assert.equal(bench.router.renegotiate(claim, terms).held.length, 1);
  bench.router.close(claim, [], 10);
  assert.equal(bench.route(FIRST, 1), "held");
});
