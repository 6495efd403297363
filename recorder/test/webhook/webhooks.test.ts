// The completion webhook: signed, durable, retried over restarts. Real HTTP through msw, where a
// request that was not planned is an error; the back-off on a clock that the test moves.
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { after, afterEach, before, test } from "node:test";
import { MessageChannel } from "node:worker_threads";
import { http, HttpResponse } from "msw";
import { setupServer } from "msw/node";
import { createLogger } from "../../src/log.ts";
import { Metrics } from "../../src/metrics.ts";
import type { CatalogRow, HttpClient } from "../../src/ports/index.ts";
import { nodeHttpClient } from "../../src/ports/node/http-client.ts";
import { StateFile } from "../../src/storage/state-file.ts";
import { GIVE_UP_MS, WAITING_LIMIT_MESSAGES } from "../../src/webhook/webhook-queue.ts";
import { Webhooks, type Receiver } from "../../src/webhook/webhooks.ts";
import { CrashDisk, CrashMedium } from "../storage/crash-disk.ts";
import { ManualClock } from "../storage/manual-clock.ts";
import { finishedPair } from "../storage/world.ts";

const URL_A = "https://crm.example.com/recordings";
const RECEIVER: Receiver = { url: URL_A, secret: "s3cret", events: ["recording.stored"] };
const PATH = "/state/webhooks.jsonl";

const server = setupServer();
before(() => server.listen({ onUnhandledFrame: "error" }));
afterEach(() => server.resetHandlers());
after(() => server.close());

function rowOf(seed: number): CatalogRow {
  return { ...finishedPair(new CrashMedium(), seed).row, pool: "main", drive: "/one", path: "/x" };
}

interface Given {
  readonly medium?: CrashMedium;
  readonly clock?: ManualClock;
  readonly receivers?: readonly Receiver[];
  readonly client?: HttpClient;
}

async function build(given: Given = {}) {
  const { medium = new CrashMedium(), clock = new ManualClock() } = given;
  medium.wallTimeMs = () => clock.wallTimeMs();
  const disk = new CrashDisk(medium);
  const metrics = new Metrics();
  const lines: string[] = [];
  const log = createLogger(
    { file: "library.log", level: "debug" },
    { clock, log: { write: (_file, line) => lines.push(line), close: async () => undefined } },
  );
  const file = new StateFile(PATH, { clock, disk }, { onProblem: (code) => lines.push(code) });
  const random = { bytes: (count: number) => new Uint8Array(count), uuid: () => "" };
  const httpClient = given.client ?? nodeHttpClient();
  const webhooks = new Webhooks(
    { receivers: given.receivers ?? [RECEIVER], recorder: "recorder-1", path: PATH },
    { clock, disk, random, httpClient, log, metrics },
    file,
  );
  await webhooks.start();
  return { webhooks, medium, clock, metrics, lines, disk };
}

/** Lets real I/O happen until the condition holds; time of the test's clock stands still. */
async function eventually(what: string, condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 20_000; turn += 1) {
    if (condition()) return;
    await new Promise<void>((resolve) => {
      const { port1, port2 } = new MessageChannel();
      port2.once("message", () => {
        port1.close();
        resolve();
      });
      port1.postMessage(null);
    });
  }
  assert.fail(`${what}: never`);
}

/** Moves time, timer by timer, until the condition holds. */
async function inTime(clock: ManualClock, limitMs: number, condition: () => boolean) {
  const untilMs = clock.nowMs() + limitMs;
  for (let step = 0; step < 500 && !condition(); step += 1) {
    for (let turn = 0; turn < 60 && !condition(); turn += 1) await Promise.resolve();
    if (!condition() && !clock.step(untilMs)) break;
  }
  assert.ok(condition(), "in time");
}

function rows(medium: CrashMedium): Record<string, unknown>[] {
  const text = new TextDecoder().decode(medium.files.get(PATH)?.data ?? new Uint8Array());
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** A receiver whose answers the test writes down; no network at all. */
function scripted(answers: (number | string)[]): HttpClient & { readonly ids: string[] } {
  const ids: string[] = [];
  return {
    ids,
    async send({ headers }) {
      ids.push(headers["tapeline-delivery"] ?? "");
      const answer = answers.shift() ?? 200;
      if (typeof answer === "number") return { status: answer };
      throw Object.assign(new Error(answer), { code: answer });
    },
    close: async () => undefined,
  };
}

test("a message is signed over timestamp and body, and names event and delivery", async () => {
  const seen: { headers: Headers; body: string }[] = [];
  server.use(
    http.post(URL_A, async ({ request }) => {
      seen.push({ headers: request.headers, body: await request.text() });
      return new HttpResponse(null, { status: 204 });
    }),
  );
  const { webhooks, medium, metrics, clock } = await build();
  await webhooks.tell("recording.stored", rowOf(1));
  await eventually("delivered", () => webhooks.waiting() === 0);
  const [message] = seen;
  assert.ok(message !== undefined && seen.length === 1);
  const timestamp = message.headers.get("tapeline-timestamp") ?? "";
  assert.equal(timestamp, String(Math.floor(clock.wallTimeMs() / 1000)));
  const signature = createHmac("sha256", "s3cret")
    .update(`${timestamp}.${message.body}`)
    .digest("hex");
  assert.equal(message.headers.get("tapeline-signature"), `sha256=${signature}`);
  assert.equal(message.headers.get("tapeline-event"), "recording.stored");
  const body = JSON.parse(message.body) as Record<string, unknown>;
  assert.equal(body["id"], message.headers.get("tapeline-delivery"));
  assert.equal((body["recording"] as CatalogRow).recordingKey, rowOf(1).recordingKey);
  assert.equal("drive" in (body["recording"] as object), false);
  await webhooks.close();
  assert.deepEqual(
    rows(medium).map(({ type }) => type),
    ["since", "due", "settled"],
  );
  assert.equal(metrics.get("webhooks_delivered_total"), 1);
});

for (const [name, handler] of [
  ["500", () => new HttpResponse("no", { status: 500 })],
  ["a redirect", () => HttpResponse.redirect("https://elsewhere.example.com/", 302)],
  ["a reset", () => HttpResponse.error()],
] as const) {
  test(`${name} is no delivery: it is tried again, never followed elsewhere`, async () => {
    let count = 0;
    server.use(
      http.post(URL_A, () => {
        count += 1;
        return count === 1 ? handler() : new HttpResponse(null, { status: 200 });
      }),
    );
    const { webhooks, clock, metrics, lines } = await build();
    await webhooks.tell("recording.stored", rowOf(1));
    await eventually("failed once", () => metrics.get("webhook_failures_total") === 1);
    assert.equal(webhooks.waiting(), 1);
    await eventually("a timer is set", () => clock.names().includes("webhook.retry"));
    clock.step(clock.nowMs() + 10_000);
    await eventually("delivered", () => webhooks.waiting() === 0);
    assert.equal(count, 2);
    assert.ok(lines.some((line) => line.includes("WEBHOOK_FAILED")));
    await webhooks.close();
  });
}

test("a request that was not planned is an error, not a delivery", async () => {
  const { webhooks, metrics } = await build();
  await webhooks.tell("recording.stored", rowOf(1));
  await eventually("failed", () => metrics.get("webhook_failures_total") === 1);
  assert.equal(webhooks.waiting(), 1);
  await webhooks.close();
});

test("a receiver that hangs is given up after the limit, and stopping does not wait for it", async () => {
  server.use(http.post(URL_A, () => new Promise<never>(() => undefined)));
  const client = nodeHttpClient();
  const request = { method: "POST", url: URL_A, headers: {}, body: "{}" } as const;
  await assert.rejects(client.send({ ...request, timeoutMs: 20 }), { code: "ETIMEDOUT" });
  const { webhooks, medium } = await build({ client });
  await webhooks.tell("recording.stored", rowOf(1));
  await webhooks.close();
  assert.deepEqual(
    rows(medium).map(({ type }) => type),
    ["since", "due"],
  );
});

test("what is due survives restarts, with the same id; what is settled is not sent again", async () => {
  const medium = new CrashMedium();
  const clock = new ManualClock();
  const down = scripted(["ECONNREFUSED"]);
  const first = await build({ medium, clock, client: down });
  await first.webhooks.tell("recording.stored", rowOf(1));
  await inTime(clock, 0, () => down.ids.length === 1);
  await first.webhooks.close();
  const up = scripted([]);
  const second = await build({ medium, clock, client: up });
  await inTime(clock, 0, () => second.webhooks.waiting() === 0);
  assert.deepEqual(up.ids, down.ids);
  await second.webhooks.tell("recording.stored", rowOf(1));
  await second.webhooks.tellAgain(rowOf(1));
  await second.webhooks.close();
  const third = await build({ medium, clock, client: up });
  assert.equal(third.webhooks.waiting(), 0);
  assert.equal(up.ids.length, 1);
  await third.webhooks.close();
});

test("an unreachable receiver makes all wait, ever longer; a refused message waits alone", async () => {
  const clock = new ManualClock();
  const client = scripted([400, 200, "ECONNRESET", "ECONNRESET", "ECONNRESET"]);
  const { webhooks } = await build({ clock, client });
  await webhooks.tell("recording.stored", rowOf(1));
  await webhooks.tell("recording.stored", rowOf(2));
  await inTime(clock, 0, () => client.ids.length === 2);
  assert.equal(webhooks.waiting(), 1, "the second was taken though the first was refused");
  await inTime(clock, 2_000, () => client.ids.length === 3);
  await webhooks.tell("recording.stored", rowOf(3));
  const atMs = clock.nowMs();
  await inTime(clock, 60_000, () => webhooks.waiting() === 0);
  assert.ok(clock.nowMs() - atMs >= 1_000 + 2_000 + 4_000, "1, 2 and 4 s of back-off");
  await webhooks.close();
});

test("a message is given up after a week, and told", async () => {
  const clock = new ManualClock();
  const client = scripted(Array.from({ length: 1000 }, () => 503));
  const { webhooks, metrics, lines } = await build({ clock, client });
  await webhooks.tell("recording.stored", rowOf(1));
  await inTime(clock, GIVE_UP_MS + 4_000_000, () => webhooks.waiting() === 0);
  assert.equal(metrics.get("webhooks_given_up_total"), 1);
  assert.ok(lines.some((line) => line.includes("given up")));
  await webhooks.close();
});

test(`of more than ${WAITING_LIMIT_MESSAGES} messages the oldest is given up`, async () => {
  const clock = new ManualClock();
  const client = scripted(["ECONNREFUSED"]);
  const { webhooks, metrics } = await build({ clock, client });
  const row = rowOf(1);
  const told: Promise<void>[] = [];
  for (let number = 0; number <= WAITING_LIMIT_MESSAGES; number += 1) {
    told.push(webhooks.tell("recording.stored", { ...row, recordingKey: `key-${number}` }));
  }
  assert.equal(webhooks.waiting(), WAITING_LIMIT_MESSAGES);
  assert.equal(metrics.get("webhooks_given_up_total"), 1);
  await Promise.all(told);
  await webhooks.close();
});

test("only events that a receiver wants are told, and nothing of before its time", async () => {
  const clock = new ManualClock();
  const client = scripted([]);
  const receivers: Receiver[] = [{ ...RECEIVER, events: ["recording.erased"] }];
  const { webhooks } = await build({ clock, client, receivers });
  await webhooks.tell("recording.stored", rowOf(1));
  assert.equal(client.ids.length, 0);
  await webhooks.tell("recording.erased", rowOf(1));
  await inTime(clock, 0, () => webhooks.waiting() === 0);
  assert.equal(client.ids.length, 1);
  await webhooks.close();
  const other = await build({ clock, client });
  await other.webhooks.tellAgain({ ...rowOf(2), startTimeMs: clock.wallTimeMs() - 3_600_000 });
  assert.equal(other.webhooks.waiting(), 0);
  await other.webhooks.close();
});

test("damaged rows are passed over; a long file is written anew with what still matters", async () => {
  const medium = new CrashMedium();
  const clock = new ManualClock();
  const old = new Date(clock.wallTimeMs() - 30 * 86_400_000).toISOString();
  const settled = Array.from({ length: 20_001 }, (_, index) =>
    JSON.stringify({ type: "settled", id: `old-${index}`, at: old }),
  );
  const due = { type: "due", id: "kept", url: URL_A, event: "recording.stored", at: old };
  const lines = [...settled, "{broken", '{"type":"due","id":1}'];
  lines.push(JSON.stringify({ ...due, recordingKey: "k-1", body: "{}" }));
  medium.put(PATH, new TextEncoder().encode(`${lines.join("\n")}\n`));
  const client = scripted([]);
  const { webhooks } = await build({ medium, clock, client });
  await inTime(clock, 0, () => webhooks.waiting() === 0);
  await webhooks.close();
  assert.deepEqual(client.ids, ["kept"]);
  assert.ok(rows(medium).length < 10);
});
