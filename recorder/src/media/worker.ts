// Entry of the media plane's worker thread: real ports, and the messages of ports/media-plane.ts
// over parentPort. Audio moves to the other thread without a copy. Nothing is decided here.
import { parentPort } from "node:worker_threads";
import { assert } from "../assert.ts";
import type { MediaCommand, MediaEvent } from "../ports/index.ts";
import { nodeClock, nodeLiveDisk, nodeRandom, nodeUdp } from "../ports/node/index.ts";
import { MediaPlaneService } from "./media-plane.ts";

const port = parentPort;
assert(port !== null, "worker.ts runs in a worker thread only");

const plane = new MediaPlaneService(
  {
    clock: nodeClock(),
    udp: nodeUdp({ hasThread: true }),
    disk: nodeLiveDisk(),
    random: nodeRandom(),
  },
  (event: MediaEvent) => {
    const { buffer } = event.type === "audio" ? event.data : { buffer: null };
    port.postMessage(event, buffer instanceof ArrayBuffer ? [buffer] : []);
  },
);

port.on("message", (command: MediaCommand) => plane.post(command));
