// Where keys of SRTP stand in a text that has SDP in it (RFC 4568 §6.1): they are never logged.

/** Shorter ones are no keys. */
export const INLINE_KEY = /(\binline:)([A-Za-z0-9+/=]{16,})/g;

/** For a log, which needs the message and not what it protects. */
export function withoutInlineKeys(text: string): string {
  if (!text.includes("inline:")) return text;
  return text.replaceAll(INLINE_KEY, (_, label: string, key: string) =>
    label.padEnd(label.length + key.length, "*"),
  );
}
