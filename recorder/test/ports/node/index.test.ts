// All real ports together: made, used a little, closed without leaving anything running.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { nodePorts } from "../../../src/ports/node/index.ts";
import { siblingUrl } from "../../../src/ports/node/request-channel.ts";

test("the recorder's ports work together and close together", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tapeline-ports-"));
  const ports = nodePorts({
    directories: {
      catalogFile: join(directory, "catalog.sqlite"),
      log: join(directory, "log"),
    },
    encoderCommand: "auto",
    mediaWorkerUrl: new URL("./fixtures/plane-worker.mjs", import.meta.url),
    onProblem: (code, detail) => assert.fail(`${code} ${detail}`),
  });
  const drive = ports.driveDisk(directory);
  assert.equal(ports.driveDisk(`${directory}/`), drive);
  await drive.makeDirectory(join(directory, "pool"));
  assert.equal((await ports.disk.status(join(directory, "pool")))?.kind, "directory");
  assert.equal(await ports.catalog.get("none"), null);
  ports.log.write("server.log", "hello");
  assert.notEqual(await ports.encoder.describe(), "");
  const socket = await ports.udp.bind(
    { local: { host: "127.0.0.1", port: 0 } },
    { onDatagram: () => undefined, onError: () => undefined },
  );
  assert.ok(socket.local.port > 0);
  socket.close();
  await ports.close();
  assert.equal(readFileSync(join(directory, "log/server.log"), "utf8"), "hello\n");
  rmSync(directory, { recursive: true });
});

test("worker files are found beside their module, in the checkout and in a release", () => {
  assert.equal(siblingUrl("w", "file:///x/src/a.ts").href, "file:///x/src/w.ts");
  assert.equal(siblingUrl("w", "file:///x/dist/a.js").href, "file:///x/dist/w.js");
});
