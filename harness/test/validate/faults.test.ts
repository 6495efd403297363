// Each fault of a customer's network gives its verdict and its remedy, and a clean one gives none:
// the unmodified recorder and the probes in the virtual world. T3, R9, R15, R23
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { DatagramFaults } from "@tapeline/simulator/world";
import type { RelayFaults } from "../../src/relay/relay-options.ts";
import { PBX_FACE } from "../relay/relayed-world.ts";
import { itemOf, relayedSite, troubles } from "./relayed-site.ts";
import { DEFAULTS, LAPTOP, RECORDER, VirtualSite } from "./virtual-network.ts";

const CLEAN_SEEDS = 8;
const WANTED = {
  minutes: 1.1,
  target: {
    ...DEFAULTS.target,
    recorder: { ...DEFAULTS.target.recorder, transports: ["udp", "tcp"] as const },
  },
};

interface Network {
  readonly seed?: string;
  readonly datagrams?: DatagramFaults;
  /** All that a firewall lets pass to the recorder. */
  readonly open?: readonly (readonly ["udp" | "tcp", number])[];
  readonly recorder?: Readonly<Record<string, unknown>>;
  readonly clockStepMs?: number;
}

async function validated(network: Network) {
  const { seed = "s", datagrams, open, recorder = {} } = network;
  const site = await VirtualSite.start({ seed, changes: recorder });
  site.world.network.datagramFaults("laptop", "recorder", datagrams);
  const flows = open?.map(([protocol, port]) => ({ host: "recorder", protocol, port }));
  site.world.network.firewall("laptop", "recorder", flows);
  site.world.host("recorder", RECORDER).stepClock(network.clockStepMs ?? 0);
  const result = await site.validate(WANTED);
  await site.close();
  return result;
}

/** The remedy names protocol or port, from and to. */
function assertFailed(result: Awaited<ReturnType<typeof validated>>, id: string, words: RegExp) {
  const item = itemOf(result, id);
  assert.equal(item.verdict, "fail", `${id}: ${item.measured}`);
  assert.match(item.remedy ?? "", words);
  assert.ok(item.remedy?.includes(LAPTOP) === true, "the remedy says from where");
  assert.equal(result.verdict, "fail");
}

function assertWithinTenth(measured: number | null, told: number): void {
  assert.ok(measured !== null && Math.abs(measured - told) <= told / 10, `${measured}, ${told}`);
}

test("a clean network is told as clean, whatever the seed", async () => {
  for (let seed = 0; seed < CLEAN_SEEDS; seed += 1) {
    const result = await validated({ seed: `clean-${seed}` });
    assert.deepEqual(troubles(result), [], `seed clean-${seed}`);
    assert.equal(result.verdict, "pass");
  }
});

describe("a bad path is told, and measured within a tenth", () => {
  test("4 % of loss", async () => {
    const loss = { enter: 0.04, leave: 0.96, lossInBad: 1 };
    const result = await validated({ datagrams: { loss } });
    assertFailed(result, "media.loss", /UDP port 5004 from .* to 192\.0\.2\.10 loses packets/);
    assertWithinTenth(itemOf(result, "media.loss").value, 0.04);
  });

  test("loss in bursts", async () => {
    const loss = { enter: 0.01, leave: 0.2, lossInBad: 1 };
    assertFailed(await validated({ datagrams: { loss } }), "media.loss", /UDP port 5004/);
  });

  test("200 ms of delay", async () => {
    const result = await validated({ datagrams: { delayMs: [200, 200] } });
    assertFailed(result, "media.one-way-delay", /UDP port 5004 from/);
    assertWithinTenth(itemOf(result, "media.one-way-delay").value, 200);
    assertWithinTenth(itemOf(result, "media.round-trip").value, 400);
  });

  test("60 ms of jitter", async () => {
    const result = await validated({ datagrams: { jitterMs: 60 } });
    assertFailed(result, "media.jitter", /RTP \(UDP port 5004 from/);
    assertWithinTenth(itemOf(result, "media.jitter").value, 60);
  });

  test("reordering is jitter at a recorder", async () => {
    const result = await validated({ datagrams: { reorderRatio: 0.1 } });
    assert.equal(itemOf(result, "media.jitter").verdict, "warn");
  });

  test("a path MTU of 1,280 whose fragments are dropped", async () => {
    const result = await validated({ datagrams: { maximumBytes: 1_280 - 28 } });
    assertFailed(result, "sip.udp.invite-large", /MTU/);
    assertFailed(result, "path.mtu", /UDP port 5060/);
    assert.equal(itemOf(result, "path.mtu").value, 1_280);
  });
});

describe("a closed port is told by its name", () => {
  const [sip, tcp, rtp, rtcp] = [
    ["udp", 5060],
    ["tcp", 5060],
    ["udp", 5004],
    ["udp", 5005],
  ] as const;

  test("SIP over UDP is dropped", async () => {
    const result = await validated({ open: [tcp, rtp, rtcp] });
    assertFailed(
      result,
      "sip.udp.options",
      /Open UDP port 5060 from 192\.0\.2\.1 to 192\.0\.2\.10/,
    );
  });

  test("SIP over TCP is dropped", async () => {
    const result = await validated({ open: [sip, rtp, rtcp] });
    assertFailed(
      result,
      "sip.tcp.options",
      /Open TCP port 5060 from 192\.0\.2\.1 to 192\.0\.2\.10/,
    );
  });

  test("SIP over TCP is rejected", async () => {
    const result = await validated({ recorder: { sip: { transports: ["udp"] } } });
    assertFailed(result, "sip.tcp.options", /TCP port 5060 are rejected/);
  });

  test("RTP is dropped, while calls are answered", async () => {
    const result = await validated({ open: [sip, tcp, rtcp] });
    assertFailed(result, "media.rtp-reach", /Open UDP port 5004 \(RTP\)/);
    assert.equal(itemOf(result, "sip.udp.invite-small").verdict, "pass");
  });

  test("RTCP is dropped", async () => {
    const result = await validated({ open: [sip, tcp, rtp] });
    assertFailed(result, "media.rtp-reach", /UDP port 5005 \(RTCP\)/);
  });
});

describe("a recorder that is set up wrong is told", () => {
  test("it answers after more than 4 s", async () => {
    const result = await validated({ datagrams: { delayMs: [2_200, 2_200] } });
    assertFailed(result, "sip.answer-time", /gives up after 4 s/);
  });

  test("it answers with a loopback address", async () => {
    const recorder = { recorder: { address: "127.0.0.1" }, simulation: { allowLoopback: true } };
    const result = await validated({ recorder });
    assertFailed(result, "sip.contact-address", /Set recorder\.address/);
    assertFailed(result, "media.sdp-address", /UDP port 5004/);
  });

  test("its clock is 5 minutes off", async () => {
    const result = await validated({ clockStepMs: 300_000 });
    assertFailed(result, "path.clock-offset", /NTP \(UDP port 123\)/);
  });
});

describe("what stands between is told", () => {
  /** Its gateway rewrites addresses as a good one would, so that only the fault is a fault. */
  const alg = { rewrites: ["via", "contact", "sdp"], to: PBX_FACE } as const;

  async function through(faults: RelayFaults) {
    const site = await relayedSite({ seed: "s", faults: { alg, ...faults } });
    const result = await site.validate({ calls: 1 });
    await site.close();
    return result;
  }

  test("a NAT that forgets after 30 s", async () => {
    const kept = itemOf(await through({}), "nat.idle-time");
    assert.equal(kept.verdict, "pass", kept.measured);
    const item = itemOf(await through({ natIdleMs: 30_000, natKeepsPorts: true }), "nat.idle-time");
    assert.equal(item.verdict, "fail", item.measured);
    assert.ok(item.remedy !== null);
  });

  test("routes that differ: the round trip is told, and that only half of it is known", async () => {
    const result = await through({ only: "to-pbx", datagrams: { delayMs: [400, 400] } });
    const item = itemOf(result, "media.round-trip");
    assert.equal(item.verdict, "fail", item.measured);
    assert.ok(result.remarks.some((remark) => remark.includes("the two directions may differ")));
  });
});
