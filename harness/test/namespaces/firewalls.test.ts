// A real kernel between IP Office and recorder: what firewalls, small MTUs and lost marks do to
// real packets must get its verdict and its remedy. Networks of their own, a few at a time.
// R9, R15, R23
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import type { ValidationResult } from "@tapeline/reports";
import { newFolder, removeFolder } from "../live/live-fixture.ts";
import {
  find,
  KernelNetwork,
  PBX,
  RECORDER,
  skipReason,
  type KernelNetworkOptions,
} from "./kernel-network.ts";

const WAYS = `from ${PBX} to ${RECORDER}`.replaceAll(".", "\\.");

function assertFound(
  result: ValidationResult,
  id: string,
  wanted: { readonly verdict: string; readonly remedy?: string },
): void {
  const item = find(result, id);
  assert.equal(item.verdict, wanted.verdict, `${id}: ${item.measured}`);
  if (wanted.remedy !== undefined) assert.match(item.remedy ?? "", new RegExp(wanted.remedy));
}

describe("networks of a real kernel", { skip: skipReason(), concurrency: 3 }, () => {
  let folder = "";
  before(async () => {
    folder = await newFolder();
  });
  after(() => removeFolder(folder));

  async function within(
    options: KernelNetworkOptions,
    prove: (
      network: KernelNetwork,
      validate: (...given: string[]) => Promise<ValidationResult>,
    ) => Promise<void>,
  ): Promise<void> {
    const network = new KernelNetwork(options);
    try {
      await network.start();
      await prove(network, (...given) => network.validate(folder, "--calls", "1", ...given));
    } finally {
      await network.close();
    }
  }

  test("a clean way: all ports are reached, marks arrive, and no rule is left behind", () =>
    within({ name: "clean" }, async (network, validate) => {
      const result = await validate("--responder");
      for (const id of ["responder.reached", "sip.udp.options", "sip.tcp.options", "path.dscp"]) {
        assertFound(result, id, { verdict: "pass" });
      }
      assertFound(result, "media.rtp-reach", { verdict: "pass" });
      assertFound(result, "path.fragments", { verdict: "pass" });
      assert.match(network.rules(), /tapeline_responder/);
      assert.doesNotMatch(await network.rulesAfterResponder(), /tapeline_responder/);
    }));

  test("SIP over TCP, RTP and DevLink3 are dropped", () =>
    within(
      {
        name: "drop",
        input: ["tcp dport 5060 drop", "udp dport 5004 drop", "tcp dport 50797 drop"],
      },
      async (_network, validate) => {
        const result = await validate("--responder", "--ipoffice", RECORDER);
        const opens = (port: string) => ({
          verdict: "fail",
          remedy: `^Open ${port}.* from ${PBX}`,
        });
        assertFound(result, "sip.tcp.options", opens("TCP port 5060"));
        assertFound(result, "media.rtp-reach", opens("UDP port 5004"));
        assertFound(result, "pbx.devlink3-tcp", opens("TCP port 50797"));
        const remedy = `${WAYS} TCP port 50796 are rejected`;
        assertFound(result, "pbx.devlink3-tls", { verdict: "fail", remedy });
      },
    ));

  test("SIP over TCP and RTP are rejected, RTP by ICMP", () =>
    within(
      {
        name: "reject",
        input: ["tcp dport 5060 reject with tcp reset", "udp dport 5004 reject"],
      },
      async (_network, validate) => {
        const result = await validate("--responder");
        const tcp = `${WAYS} TCP port 5060 are rejected`;
        assertFound(result, "sip.tcp.options", { verdict: "fail", remedy: tcp });
        const rtp = `rejects UDP port 5004 \\(RTP\\).* ${WAYS}`;
        assertFound(result, "media.rtp-reach", { verdict: "fail", remedy: rtp });
      },
    ));

  test("SIP over UDP is rejected by ICMP", () =>
    within({ name: "icmp", input: ["udp dport 5060 reject"] }, async (_network, validate) => {
      const remedy = `${WAYS} UDP port 5060 are rejected \\(ICMP`;
      assertFound(await validate(), "sip.udp.options", { verdict: "fail", remedy });
    }));

  test("6 % of loss as nft lost it, and marks that were cleared", () =>
    within(
      {
        name: "loss",
        input: ["udp dport 5004 numgen random mod 100 < 6 counter drop"],
        fragments: ["udp dport 5004 ip dscp set cs0"],
      },
      async (network, validate) => {
        const result = await validate("--responder", "--calls", "8");
        const dropped = Number(/counter packets (\d+) .*drop/.exec(network.rules())?.[1]);
        const sent = 8 * 6 * 50;
        const { value, verdict } = find(result, "responder.loss");
        assert.equal(verdict, "fail");
        const told = dropped / sent;
        assert.ok(Math.abs((value ?? 0) - told) <= told / 10, `${value} measured, ${told} told`);
        const remedy = `^Trust DSCP .* UDP port 5004 \\(RTP\\) ${WAYS} .*CS0`;
        assertFound(result, "path.dscp", { verdict: "warn", remedy });
      },
    ));

  test("an MTU of 1,280, its fragments dropped", () =>
    within(
      { name: "mtu", mtu: 1_280, fragments: ["ip frag-off & 0x1fff != 0 drop"] },
      async (_network, validate) => {
        const result = await validate("--responder");
        assert.equal(find(result, "path.mtu").value, 1_280);
        const remedy = `UDP port 5060 ${WAYS}: nothing above 1,280 bytes`;
        assertFound(result, "path.mtu", { verdict: "fail", remedy });
        assertFound(result, "path.fragments", { verdict: "warn", remedy: WAYS });
        assertFound(result, "sip.udp.invite-large", { verdict: "fail", remedy: "MTU" });
      },
    ));
});
