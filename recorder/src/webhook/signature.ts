// How a webhook's message is signed: HMAC-SHA256 over "timestamp.body" with the webhook's secret.
// The timestamp is part of what is signed, so that an old message cannot be sent again as a new
// one: receivers refuse what is older than a few minutes. Pure.
import { createHmac } from "node:crypto";

export interface WebhookMessage {
  /** The same at each attempt: receivers recognise repetitions by it. */
  readonly id: string;
  readonly event: string;
  readonly body: string;
}

/** Headers of one attempt. */
export function webhookHeaders(
  message: WebhookMessage,
  secret: string,
  wallTimeMs: number,
): Record<string, string> {
  const timestamp = String(Math.floor(wallTimeMs / 1000));
  return {
    "content-type": "application/json",
    "user-agent": "Tapeline",
    "tapeline-event": message.event,
    "tapeline-delivery": message.id,
    "tapeline-timestamp": timestamp,
    "tapeline-signature": `sha256=${signatureOf(message.body, secret, timestamp)}`,
  };
}

/** Hex HMAC-SHA256 of "timestamp.body". */
function signatureOf(body: string, secret: string, timestamp: string): string {
  return createHmac("sha256", secret).update(`${timestamp}.${body}`).digest("hex");
}
