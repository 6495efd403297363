// Times, counts and hostile characters as text, the same in every report. Pure.

/** "90 ms", "4.2 s", "3 min 05 s", "2 h 10 min". */
export function formatDuration(ms: number): string {
  if (ms < 999.5) return `${Math.round(ms)} ms`;
  if (ms < 59_950) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${String(seconds % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** A moment of a run: "12.345 s". */
export function formatMoment(atMs: number): string {
  return `${(atMs / 1_000).toFixed(3)} s`;
}

/** "12,345". */
export function formatCount(count: number): string {
  return Math.round(count)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ",");
}

/** "1 run", "2 runs". */
export function plural(count: number, singular: string): string {
  return `${formatCount(count)} ${singular}${count === 1 ? "" : "s"}`;
}

/** A share as a percentage that does not hide a small loss: "0 %", "0.02 %", "3.1 %". */
export function formatShare(ratio: number): string {
  if (ratio <= 0) return "0 %";
  const percent = ratio * 100;
  if (percent < 0.01) return "< 0.01 %";
  return `${Number(percent.toFixed(percent < 1 ? 2 : 1))} %`;
}

/**
 * Text that came from the network, safe to show: control characters become visible pictures, marks
 * that turn the writing direction become escapes (they can make a header read as another), lone
 * surrogates become U+FFFD. Line feed and tab stay; carriage return before line feed goes.
 */
export function visibleText(text: string): string {
  return (
    text
      .toWellFormed()
      .replaceAll("\r\n", "\n")
      // oxlint-disable-next-line no-control-regex -- these are the characters to be replaced
      .replace(/[\u0000-\u0008\u000b-\u001f]/g, (char) =>
        String.fromCharCode(0x2400 + char.charCodeAt(0)),
      )
      .replaceAll("\u007f", "\u2421")
      .replace(/[\u0080-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/g, escaped)
  );
}

/** The same for one line: line feed and tab are shown as well. */
export function visibleLine(text: string): string {
  return visibleText(text).replaceAll("\n", "\u240a").replaceAll("\t", "\u2409");
}

/** For HTML and XML, in text and in quoted attributes. */
export function escapeMarkup(text: string): string {
  return visibleText(text)
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    .replaceAll("'", "&#39;");
}

function escaped(char: string): string {
  return `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
