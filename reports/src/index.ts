// The package's edge: result and evidence types, and every report that is made of them.
export type * from "./evidence.ts";
export type * from "./result.ts";
export { ConsoleReport } from "./console.ts";
export type { ConsoleOptions } from "./console.ts";
export { formatFailure, lastEvents, repeatCommand } from "./failure.ts";
export { renderHtml, renderRunHtml } from "./html/page.ts";
export type { SuitePageOptions } from "./html/page.ts";
export { renderJson, renderJsonLine } from "./json.ts";
export { renderJunit } from "./junit.ts";
export { renderMarkdown } from "./markdown.ts";
export { renderPcapng } from "./pcapng.ts";
export { evidenceKey } from "./run-key.ts";
export type { EvidenceByRun } from "./run-key.ts";
export { summarize } from "./summary.ts";
export type { ModeSummary } from "./summary.ts";
export { compareSuites, digestOf, HISTORY_MAX, trendSentence } from "./trend.ts";
export type { SuiteDigest, Trend } from "./trend.ts";
