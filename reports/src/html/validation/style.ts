// The look of a validation's report: a document for paper (A4) that reads well on a screen. The
// first page is the verdict; colours are never the only sign.

export const VALIDATION_STYLE = `
:root { --ink: #1c2430; --soft: #5b6675; --line: #d8dee6; --paper: #fff; --wash: #f5f7fa;
  --pass: #1a7f4b; --warn: #a86200; --fail: #b3261e; --none: #68727f;
  --pass-wash: #e9f6ef; --warn-wash: #fdf3e3; --fail-wash: #fcebea; --none-wash: #f0f2f5; }
* { box-sizing: border-box; }
body { margin: 0; background: #e9edf2; color: var(--ink);
  font: 10.5pt/1.45 "Inter", "Segoe UI", "Helvetica Neue", "DejaVu Sans", Arial, sans-serif;
  font-variant-numeric: tabular-nums; -webkit-print-color-adjust: exact; print-color-adjust: exact; }
main { max-width: 210mm; margin: 8mm auto; }
section { background: var(--paper); padding: 15mm 16mm; margin-bottom: 6mm;
  box-shadow: 0 1px 4px rgb(20 30 50 / 12%); }
h1 { font-size: 20pt; line-height: 1.2; margin: 0; letter-spacing: -0.01em; }
h2 { font-size: 14pt; margin: 0 0 3mm; letter-spacing: -0.005em; }
h3 { font-size: 11pt; margin: 6mm 0 2mm; }
p { margin: 0 0 2.5mm; }
.brand { display: flex; justify-content: space-between; color: var(--soft); font-size: 9pt;
  border-bottom: 1px solid var(--line); padding-bottom: 3mm; margin-bottom: 6mm; }
.brand b { color: var(--ink); letter-spacing: 0.02em; }
.facts { display: grid; grid-template-columns: max-content 1fr max-content 1fr; gap: 0.8mm 5mm;
  margin: 4mm 0 5mm; font-size: 9.5pt; }
.facts dt { color: var(--soft); }
.facts dd { margin: 0; overflow-wrap: anywhere; }
.verdict { display: flex; gap: 6mm; align-items: center; border-radius: 2.5mm; padding: 5mm 6mm;
  border: 1.5px solid; margin-bottom: 5mm; }
.verdict strong { font-size: 21pt; line-height: 1; letter-spacing: 0.01em; white-space: nowrap; }
.verdict p { margin: 0; font-size: 11.5pt; line-height: 1.35; color: var(--ink); }
.verdict.pass { color: var(--pass); background: var(--pass-wash); border-color: var(--pass); }
.verdict.warn { color: var(--warn); background: var(--warn-wash); border-color: var(--warn); }
.verdict.fail { color: var(--fail); background: var(--fail-wash); border-color: var(--fail); }
.figures { display: grid; grid-template-columns: repeat(3, 1fr); gap: 3mm;
  margin: 0 0 6mm; }
.figure { border: 1px solid var(--line); border-top: 3px solid var(--none); border-radius: 1.5mm;
  padding: 2.5mm 3mm; }
.figure.pass { border-top-color: var(--pass); } .figure.warn { border-top-color: var(--warn); }
.figure.fail { border-top-color: var(--fail); }
.figure span { display: block; color: var(--soft); font-size: 8.5pt; line-height: 1.3; }
.figure b { display: block; font-size: 14pt; line-height: 1.3; white-space: nowrap; }
.changes { margin: 0; padding: 0; list-style: none; counter-reset: change; }
.changes li { display: grid; grid-template-columns: 7mm max-content 1fr; gap: 2mm; align-items: start;
  padding: 2.2mm 0; border-top: 1px solid var(--line); counter-increment: change; break-inside: avoid; }
.changes li::before { content: counter(change) "."; color: var(--soft); text-align: right; }
.changes small { display: block; color: var(--soft); font-size: 8.5pt; line-height: 1.35; }
.changes.many { font-size: 9pt; line-height: 1.35; }
.changes.many li { padding: 1.3mm 0; }
.chip { display: inline-block; min-width: 15mm; text-align: center; border-radius: 1mm;
  padding: 0.3mm 1.8mm; font-size: 8pt; font-weight: 600; white-space: nowrap; }
.chip.pass { color: var(--pass); background: var(--pass-wash); }
.chip.warn { color: var(--warn); background: var(--warn-wash); }
.chip.fail { color: #fff; background: var(--fail); }
.chip.not-measured { color: var(--none); background: var(--none-wash); }
table { border-collapse: collapse; width: 100%; font-size: 8.8pt; line-height: 1.35; }
th { text-align: left; color: var(--soft); font-weight: 600; font-size: 8pt; padding: 1mm 2mm 1mm 0;
  border-bottom: 1.5px solid var(--line); vertical-align: bottom; }
td { padding: 1.3mm 2mm 1.3mm 0; border-bottom: 1px solid var(--line); vertical-align: top;
  overflow-wrap: anywhere; }
tr { break-inside: avoid; }
thead { display: table-header-group; }
td small { display: block; color: var(--soft); font-size: 7.8pt; line-height: 1.3; }
tr.group td { background: var(--wash); font-weight: 600; padding: 1.2mm 2mm; break-after: avoid; }
td.port { min-width: 16mm; }
td.number, th.number { text-align: right; white-space: nowrap; }
td.word { white-space: nowrap; }
figure { margin: 0 0 5mm; break-inside: avoid; }
figcaption { font-weight: 600; font-size: 9.5pt; margin-bottom: 1mm; }
figcaption span { color: var(--soft); font-weight: 400; }
svg { display: block; width: 100%; height: auto; }
svg text { font-size: 11px; fill: var(--soft); font-family: inherit; }
svg .title { font-size: 13px; font-weight: 600; fill: var(--ink); }
.remarks { margin: 0; padding-left: 5mm; font-size: 9pt; color: var(--soft); }
.remarks li { margin-bottom: 1mm; }
code { font: 8.5pt/1.4 "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere; }
@media screen and (max-width: 720px) {
  main { margin: 0; }
  section { padding: 6mm 4.5mm; margin-bottom: 3mm; overflow-x: auto; }
  .brand { gap: 4mm; }
  .facts { grid-template-columns: max-content minmax(0, 1fr); }
  .verdict { flex-direction: column; align-items: flex-start; gap: 3mm; padding: 4mm; }
  .verdict strong { white-space: normal; }
  .figures { grid-template-columns: repeat(2, minmax(0, 1fr)); }
  .figure b { white-space: normal; }
  .changes li { grid-template-columns: max-content 1fr; }
  .changes li > :last-child { grid-column: 1 / -1; }
  .changes .chip { justify-self: start; }
  table, svg { min-width: 150mm; }
}
@page { size: A4; margin: 13mm 14mm 14mm; }
@media print {
  body { background: none; }
  main { max-width: none; margin: 0; }
  section { padding: 0; margin: 0; box-shadow: none; break-after: page; }
  section:last-child { break-after: auto; }
}
`;
