// The endpoint on real sockets of the loopback: one call over UDP, one over TCP.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Metrics } from "../../src/metrics.ts";
import { nodeClock } from "../../src/ports/node/clock.ts";
import { nodeRandom } from "../../src/ports/node/random.ts";
import { nodeTcp } from "../../src/ports/node/tcp.ts";
import { nodeUdp } from "../../src/ports/node/udp.ts";
import type { Address } from "../../src/ports/index.ts";
import { SipEndpoint, SIP_ENDPOINT_LIMITS } from "../../src/sip/endpoint.ts";
import { SIP_TIMERS } from "../../src/sip/sip-timers.ts";
import { firstLine, invite, OUR_SDP, request, SessionLog, tagOf } from "./endpoint-fixture.ts";
import { TestLogger } from "./fake-ports.ts";

async function startLive(): Promise<{
  endpoint: SipEndpoint;
  logs: SessionLog[];
  address: (of: "udp" | "tcp") => Address;
}> {
  const logs: SessionLog[] = [];
  const endpoint = new SipEndpoint(
    {
      bindHost: "127.0.0.1",
      port: 0,
      transports: ["udp", "tcp"],
      advertisedHost: "127.0.0.1",
      allow: ["127.0.0.1"],
      limits: SIP_ENDPOINT_LIMITS,
      timers: SIP_TIMERS,
    },
    {
      clock: nodeClock(),
      random: nodeRandom(),
      udp: nodeUdp(),
      tcp: nodeTcp(),
      log: new TestLogger(),
      metrics: new Metrics(),
    },
    {
      onInvite: (session) => {
        const log = new SessionLog();
        log.follow(session);
        logs.push(log);
        session.accept(OUR_SDP);
      },
      onSourceRefused: () => assert.fail("nobody else calls"),
    },
  );
  await endpoint.start();
  const address = (of: "udp" | "tcp"): Address => {
    const found = endpoint.localAddresses().find(({ transport }) => transport === of);
    assert.ok(found !== undefined);
    return found.address;
  };
  return { endpoint, logs, address };
}

test("R3: a call over real UDP", async () => {
  const { endpoint, logs, address } = await startLive();
  const socket = createSocket("udp4");
  socket.bind(0, "127.0.0.1");
  await once(socket, "listening");
  const { host, port } = address("udp");
  const via = `SIP/2.0/UDP 127.0.0.1:${socket.address().port};rport;branch=`;
  const exchange = async (text: string): Promise<string> => {
    socket.send(text, port, host);
    const [data] = (await once(socket, "message")) as [Buffer];
    return data.toString();
  };
  const ok = await exchange(invite({ via: `${via}z9hG4bK1` }));
  assert.equal(firstLine(ok), "SIP/2.0 200 OK");
  const toTag = tagOf(ok);
  socket.send(request("ACK", { toTag, via: `${via}z9hG4bK2` }), port, host);
  const bye = await exchange(request("BYE", { toTag, cseq: 2, via: `${via}z9hG4bK3` }));
  assert.equal(firstLine(bye), "SIP/2.0 200 OK");
  assert.partialDeepStrictEqual(logs[0]?.ends, [{ cause: "remote-bye", reason: null }]);
  socket.close();
  await endpoint.close();
});

test("R3: a call over real TCP, ended by us on the same stream", async () => {
  const { endpoint, logs, address } = await startLive();
  const socket = connect(address("tcp"));
  await once(socket, "connect");
  const via = "SIP/2.0/TCP 127.0.0.1:1;branch=";
  socket.write(invite({ via: `${via}z9hG4bK1` }));
  const [ok] = (await once(socket, "data")) as [Buffer];
  assert.equal(firstLine(ok.toString()), "SIP/2.0 200 OK");
  const toTag = tagOf(ok.toString());
  socket.write(
    request("ACK", { toTag, via: `${via}z9hG4bK2` }) +
      request("BYE", { toTag, cseq: 2, via: `${via}z9hG4bK3` }),
  );
  const [bye] = (await once(socket, "data")) as [Buffer];
  assert.equal(firstLine(bye.toString()), "SIP/2.0 200 OK");
  assert.partialDeepStrictEqual(logs[0]?.ends, [{ cause: "remote-bye", reason: null }]);
  const ended = once(socket, "end");
  const closed = endpoint.close();
  await ended;
  socket.end();
  await closed;
});
