// Which packet belongs to which call while calls are rebuilt after a crash: their RTP never
// stopped, and comes before their dialogs have claimed it again (design.md §5).
import assert from "node:assert/strict";
import test from "node:test";
import { HELD_MS, PacketRouter } from "../../src/media/packet-router.ts";
import type { Address } from "../../src/ports/index.ts";
import { makeRtpHeader, readRtpHeader } from "../../src/rtp/packet.ts";
import { packet } from "./rtp-builder.ts";

const PBX = "192.0.2.1";
const ENDED: Address = { host: PBX, port: 1000 };
const GOING_ON: Address = { host: PBX, port: 1002 };
const BEHIND_NAT: Address = { host: PBX, port: 7000 };
const GUESS_FROM_MS = 10_000;

class Bench {
  readonly router = new PacketRouter<string>({ isAllowed: () => true, localPortDecides: false });

  reopen(owner: string, remote: Address, source: Address | null = null) {
    const terms = { remote, signallingHost: PBX, expectsMedia: true };
    return this.router.reopen(owner, terms, { source, guessFromMs: GUESS_FROM_MS });
  }

  route(source: Address, n: number, nowMs = 0): string {
    const data = packet(n);
    const header = makeRtpHeader();
    assert.equal(readRtpHeader(data, header), null);
    const verdict = this.router.route(data, header, { source, nowMs });
    const hasOwner = verdict === "claimed" || verdict === "latched";
    return hasOwner ? `${verdict} ${this.router.claim?.owner}` : verdict;
  }
}

test("a rebuilt dialog that hears nothing takes no other call's source, until it would be over", () => {
  const bench = new Bench();
  bench.reopen("ended", ENDED);
  assert.equal(bench.route(GOING_ON, 0), "held");
  assert.equal(bench.route(GOING_ON, 1), "held");
  assert.equal(bench.route(GOING_ON, 2, GUESS_FROM_MS - 1), "held");
  assert.equal(bench.route(GOING_ON, 3, GUESS_FROM_MS), "latched ended");
});

test("what came before its dialog was rebuilt is the call's", () => {
  const bench = new Bench();
  bench.route(GOING_ON, 0);
  bench.route(GOING_ON, 1, HELD_MS);
  const { held } = bench.reopen("going on", GOING_ON);
  assert.deepEqual(
    held.map(({ sequence }) => sequence),
    [0, 1],
  );
  assert.equal(bench.route(GOING_ON, 2), "claimed going on");
});

test("a source that SDP never named is known from before the crash", () => {
  const bench = new Bench();
  bench.route(BEHIND_NAT, 0);
  const { held } = bench.reopen("a", ENDED, BEHIND_NAT);
  assert.equal(held.length, 1);
  assert.equal(bench.route(BEHIND_NAT, 1), "claimed a");
});

test("a guess yields to the dialog whose SDP names the pair", () => {
  const bench = new Bench();
  bench.router.open("guessed", { remote: ENDED, signallingHost: PBX, expectsMedia: true });
  bench.route(GOING_ON, 0);
  assert.equal(bench.route(GOING_ON, 1), "latched guessed");
  const { rivals } = bench.router.open("named", {
    remote: GOING_ON,
    signallingHost: PBX,
    expectsMedia: true,
  });
  assert.deepEqual(rivals, ["guessed"], "the older call is degraded");
  assert.equal(bench.route(GOING_ON, 2), "claimed named");
});
