// What state/webhooks.jsonl tells (formats.md, "State directory"): which messages are due and which
// are settled. One `due` row a message, then one `settled` row; `since` says from when on a webhook
// is told of recordings. Pure.

export type WebhookEvent = "recording.stored" | "recording.discarded" | "recording.erased";

/** A message for one receiver. */
export interface DueMessage {
  readonly id: string;
  readonly url: string;
  readonly event: WebhookEvent;
  readonly recordingKey: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  /** JSON, as it is sent. */
  readonly body: string;
}

export type Settlement = "delivered" | "given-up";

export interface WebhookHistory {
  /** In the order in which they became due. */
  readonly due: readonly DueMessage[];
  /** Messages that ever were due, as `identityOf` names them. */
  readonly known: ReadonlySet<string>;
  /** First time that a receiver was configured, in epoch ms, by URL. */
  readonly since: ReadonlyMap<string, number>;
}

type Row = Readonly<Record<string, unknown>>;

/** One message a receiver, event and recording. */
export function identityOf(message: Pick<DueMessage, "url" | "event" | "recordingKey">): string {
  return `${message.event} ${message.recordingKey} ${message.url}`;
}

export function dueRow(message: DueMessage): Row {
  return { version: 1, type: "due", ...message };
}

export function settledRow(
  message: DueMessage,
  settled: { readonly at: string; readonly how: Settlement; readonly detail: string },
): Row {
  const { id, url, event, recordingKey } = message;
  const { at, how, detail } = settled;
  return { version: 1, type: "settled", id, at, how, detail, url, event, recordingKey };
}

export function sinceRow(url: string, at: string): Row {
  return { version: 1, type: "since", url, at };
}

/** Rows of other types, or damaged ones, are passed over. */
export function readHistory(rows: readonly Row[]): WebhookHistory {
  const due = new Map<string, DueMessage>();
  const known = new Set<string>();
  const since = new Map<string, number>();
  for (const row of rows) {
    if (row["type"] === "due") {
      const message = parseDue(row);
      if (message === null) continue;
      due.set(message.id, message);
      known.add(identityOf(message));
    } else if (row["type"] === "settled") due.delete(String(row["id"]));
    else if (row["type"] === "since") {
      const [url, at] = [String(row["url"]), Date.parse(String(row["at"]))];
      if (!since.has(url) && !Number.isNaN(at)) since.set(url, at);
    }
  }
  return { due: [...due.values()], known, since };
}

function parseDue(row: Row): DueMessage | null {
  const { id, url, event, recordingKey, at, body } = row;
  const texts = [id, url, event, recordingKey, at, body];
  if (!texts.every((text) => typeof text === "string")) return null;
  return { id, url, event, recordingKey, at, body } as DueMessage;
}
