// The messages for one receiver: one at a time, in order. A receiver that cannot be reached makes
// all of them wait (back-off); one that refuses a message makes only that one wait. What is
// not taken in a week is given up, with a log line.
import { systemCode } from "../errors.ts";
import type { Logger } from "../log.ts";
import type { Metrics } from "../metrics.ts";
import type { Clock, HttpClient, Random, Timer } from "../ports/index.ts";
import { webhookHeaders } from "./signature.ts";
import type { DueMessage, Settlement } from "./webhook-log.ts";

/** A receiver must have answered by then. */
export const ANSWER_LIMIT_MS = 10_000;
export const RETRY_FIRST_MS = 1_000;
export const RETRY_LONGEST_MS = 3_600_000;
/** Messages that wait for one receiver; beyond it the oldest is given up. */
export const WAITING_LIMIT_MESSAGES = 10_000;
/** A message is given up at this age. */
export const GIVE_UP_MS = 7 * 24 * 3_600_000;

export interface WebhookPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly httpClient: HttpClient;
  readonly log: Logger;
  readonly metrics: Metrics;
}

interface Waiting {
  readonly message: DueMessage;
  attempts: number;
  /** Not before, on the monotonic clock. */
  notBeforeMs: number;
}

type Attempt =
  | { readonly result: "delivered"; readonly detail: string }
  | { readonly result: "refused" | "unreachable"; readonly detail: string };

export class WebhookQueue {
  readonly #receiver: { readonly url: string; readonly secret: string };
  readonly #ports: WebhookPorts;
  readonly #onSettled: (message: DueMessage, how: Settlement, detail: string) => void;
  readonly #waiting: Waiting[] = [];
  /** Failures of the receiver itself, one after the other. */
  #unreachableCount = 0;
  #receiverNotBeforeMs = Number.NEGATIVE_INFINITY;
  #timer: Timer | null = null;
  #sending: Promise<void> | null = null;
  #isClosed = false;

  constructor(
    receiver: { readonly url: string; readonly secret: string },
    ports: WebhookPorts,
    onSettled: (message: DueMessage, how: Settlement, detail: string) => void,
  ) {
    this.#receiver = receiver;
    this.#ports = ports;
    this.#onSettled = onSettled;
  }

  get length(): number {
    return this.#waiting.length;
  }

  push(message: DueMessage): void {
    // The first may be under way.
    const oldest = this.#waiting.length >= WAITING_LIMIT_MESSAGES ? this.#waiting[1] : undefined;
    if (oldest !== undefined) this.#giveUp(oldest, "too many messages wait");
    this.#waiting.push({ message, attempts: 0, notBeforeMs: Number.NEGATIVE_INFINITY });
    this.#pump();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timer?.cancel();
    await this.#sending;
  }

  #pump(): void {
    if (this.#isClosed || this.#sending !== null) return;
    this.#timer?.cancel();
    this.#timer = null;
    const next = this.#next();
    if (next === null) return;
    const { clock } = this.#ports;
    const waitMs = Math.max(next.notBeforeMs, this.#receiverNotBeforeMs) - clock.nowMs();
    if (waitMs > 0) {
      this.#timer = clock.setTimer("webhook.retry", waitMs, () => this.#pump());
      return;
    }
    this.#sending = this.#send(next).then(() => {
      this.#sending = null;
      this.#pump();
    });
  }

  /** The first that may go now, or else the one that may go soonest. */
  #next(): Waiting | null {
    let soonest: Waiting | null = null;
    const nowMs = this.#ports.clock.nowMs();
    for (const waiting of this.#waiting) {
      if (waiting.notBeforeMs <= nowMs) return waiting;
      if (soonest === null || waiting.notBeforeMs < soonest.notBeforeMs) soonest = waiting;
    }
    return soonest;
  }

  async #send(waiting: Waiting): Promise<void> {
    const { message } = waiting;
    waiting.attempts += 1;
    const attempt = await this.#attempt(message);
    // Of a stop nothing can be concluded: the next start sends it again.
    if (this.#isClosed && attempt.result !== "delivered") return;
    this.#ports.metrics.increment(
      attempt.result === "delivered" ? "webhooks_delivered_total" : "webhook_failures_total",
    );
    if (attempt.result === "delivered") {
      this.#unreachableCount = 0;
      return this.#settle(waiting, "delivered", attempt.detail);
    }
    // Wall times: a message's age has to survive restarts.
    const ageMs = this.#ports.clock.wallTimeMs() - Date.parse(message.at);
    if (ageMs >= GIVE_UP_MS) return this.#giveUp(waiting, attempt.detail);
    this.#retryLater(waiting, attempt);
  }

  #retryLater(waiting: Waiting, attempt: Attempt): void {
    const nowMs = this.#ports.clock.nowMs();
    if (attempt.result === "unreachable") {
      this.#unreachableCount += 1;
      this.#receiverNotBeforeMs = nowMs + this.#delayMs(this.#unreachableCount);
    } else {
      this.#unreachableCount = 0;
      waiting.notBeforeMs = nowMs + this.#delayMs(waiting.attempts);
    }
    const isFirst = waiting.attempts === 1 || this.#unreachableCount === 1;
    if (isFirst) this.#log("a webhook failed; it is tried again", waiting.message, attempt.detail);
  }

  /** Doubles, with up to a quarter more, so that many receivers are not asked at one moment. */
  #delayMs(failures: number): number {
    const delayMs = Math.min(RETRY_FIRST_MS * 2 ** Math.min(failures - 1, 30), RETRY_LONGEST_MS);
    const [first = 0] = this.#ports.random.bytes(1);
    return delayMs * (1 + first / 1024);
  }

  async #attempt(message: DueMessage): Promise<Attempt> {
    const { url, secret } = this.#receiver;
    try {
      const { status } = await this.#ports.httpClient.send({
        method: "POST",
        url,
        headers: webhookHeaders(message, secret, this.#ports.clock.wallTimeMs()),
        body: message.body,
        timeoutMs: ANSWER_LIMIT_MS,
      });
      const isTaken = status >= 200 && status < 300;
      return { result: isTaken ? "delivered" : "refused", detail: `status ${status}` };
    } catch (error) {
      const code = systemCode(error);
      if (code === null) throw error;
      return { result: "unreachable", detail: code };
    }
  }

  #giveUp(waiting: Waiting, detail: string): void {
    this.#ports.metrics.increment("webhooks_given_up_total");
    this.#log("a webhook's message is given up", waiting.message, detail);
    this.#settle(waiting, "given-up", detail);
  }

  #settle(waiting: Waiting, how: Settlement, detail: string): void {
    this.#waiting.splice(this.#waiting.indexOf(waiting), 1);
    this.#onSettled(waiting.message, how, detail);
  }

  #log(text: string, { url, event, recordingKey }: DueMessage, detail: string): void {
    const code = "WEBHOOK_FAILED";
    this.#ports.log.warn(text, { code, url, event, recordingId: recordingKey, detail });
  }
}
