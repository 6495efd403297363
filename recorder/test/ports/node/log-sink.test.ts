// The real log destination: files, rotation, and the count of what a slow disk made us drop.
import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { nodeLogSink } from "../../../src/ports/node/log-sink.ts";

const root = mkdtempSync(join(tmpdir(), "tapeline-log-"));
after(() => rmSync(root, { recursive: true }));
let number = 0;
const newDirectory = (): string => join(root, `${(number += 1)}`);

const read = (directory: string, file: string): string =>
  readFileSync(join(directory, file), "utf8");

test("lines go to their files, in order, with the folder made", async () => {
  const directory = newDirectory();
  const sink = nodeLogSink({ directory });
  for (let line = 0; line < 100; line += 1) sink.write("library.log", `line ${line}`);
  sink.write("server_edition/events.log", "an event ü");
  await sink.close();
  assert.equal(
    read(directory, "library.log"),
    Array.from({ length: 100 }, (_, line) => `line ${line}\n`).join(""),
  );
  assert.equal(read(directory, "server_edition/events.log"), "an event ü\n");
  const again = nodeLogSink({ directory });
  again.write("library.log", "later");
  await again.close();
  assert.ok(read(directory, "library.log").endsWith("line 99\nlater\n"));
});

test("a file that has grown is rotated, and the oldest go", async () => {
  const directory = newDirectory();
  for (let round = 1; round <= 4; round += 1) {
    // A new sink each time: the size that counts is that on disk.
    const sink = nodeLogSink({ directory, rotateBytes: 100, keepFiles: 2 });
    sink.write("library.log", `${round}`.repeat(80));
    sink.write("cd3_log", "x");
    await sink.close();
  }
  assert.deepEqual(readdirSync(directory).sort(), [
    "cd3_log",
    "library.log",
    "library.log.1",
    "library.log.2",
  ]);
  assert.ok(read(directory, "library.log").startsWith("4".repeat(80)));
  assert.ok(read(directory, "library.log.1").startsWith("3".repeat(80)));
});

test("what does not fit the queue is dropped, and the count is written", async () => {
  const directory = newDirectory();
  const sink = nodeLogSink({ directory, queueCharacters: 50 });
  for (let line = 0; line < 20; line += 1) sink.write("server.log", "0123456789");
  await sink.close();
  const lines = read(directory, "server.log").trimEnd().split("\n");
  assert.deepEqual(
    lines.slice(0, 5),
    Array.from({ length: 5 }, () => "0123456789"),
  );
  const told = JSON.parse(lines[5] ?? "{}") as { dropped?: number; level?: string };
  assert.equal(told.dropped, 15);
  assert.equal(told.level, "warn");
});

test("a log that cannot be written harms nobody", async () => {
  const directory = newDirectory();
  mkdirSync(join(directory, "library.log"), { recursive: true });
  const sink = nodeLogSink({ directory });
  sink.write("library.log", "nowhere to go");
  sink.write("server.log", "written");
  await sink.close();
  assert.equal(read(directory, "server.log"), "written\n");
});

test("after close nothing is written, and closing again does nothing", async () => {
  const directory = newDirectory();
  const sink = nodeLogSink({ directory });
  sink.write("server.log", "first");
  await sink.close();
  sink.write("server.log", "second");
  await sink.close();
  assert.equal(read(directory, "server.log"), "first\n");
});
