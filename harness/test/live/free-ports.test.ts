// Free ports for live runs: free on UDP and TCP, even with its neighbour for RTP, and out of the
// range that the system hands out by itself.
import assert from "node:assert/strict";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { test } from "node:test";
import { freePort } from "../../src/live/free-ports.ts";

const HOST = "127.0.0.1";

test("a port is free to be bound, and below the system's own range", async () => {
  const port = await freePort(HOST);
  assert.ok(port >= 20_000 && port < 32_000);
  const socket = createSocket("udp4");
  socket.bind(port, HOST);
  await once(socket, "listening");
  socket.close();
});

test("an RTP port is even", async () => {
  for (let tries = 0; tries < 5; tries += 1) assert.equal((await freePort(HOST, true)) % 2, 0);
});
