// The topology as it was measured, as inline SVG: stations from left to right, the lines between
// them with what was found on them. Pure.
import type {
  ItemVerdict,
  TopologyLink,
  TopologyNode,
  ValidationResult,
} from "../../validation.ts";
import { escapeMarkup } from "../../text.ts";

const WIDTH = 760;
const BOX_WIDTH = 178;
const LINE_HEIGHT = 16;
const ROW_GAP = 34;
const TOP = 12;
const COLOURS: Readonly<Record<ItemVerdict, string>> = {
  pass: "#1a7f4b",
  warn: "#a86200",
  fail: "#b3261e",
  "not-measured": "#8a94a1",
};
/** Characters of a line in a box. */
const LINE_CHARACTERS = 27;

interface Box {
  readonly node: TopologyNode;
  readonly x: number;
  readonly y: number;
  readonly height: number;
}

export function renderMap({ topology }: ValidationResult): string {
  const { nodes, links } = topology;
  const boxes = place(nodes);
  const height = boxes.reduce((most, box) => Math.max(most, box.y + box.height), 0) + TOP;
  return [
    `<svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-label="Topology as measured">`,
    ...links.map((link, index) => renderLink(link, { links, index, boxes })),
    ...boxes.map(renderBox),
    "</svg>",
  ].join("\n");
}

/** The IP Office stands below; all others in one row. */
function place(nodes: readonly TopologyNode[]): Box[] {
  const row = nodes.filter(({ id }) => id !== "office");
  const heightOf = (node: TopologyNode): number => 34 + node.lines.length * LINE_HEIGHT;
  const rowHeight = Math.max(80, ...row.map(heightOf));
  const space = row.length > 1 ? (WIDTH - BOX_WIDTH) / (row.length - 1) : 0;
  return nodes.map((node) => {
    const index = row.indexOf(node);
    if (index < 0) return { node, x: 0, y: TOP + rowHeight + ROW_GAP, height: heightOf(node) };
    return { node, x: index * space, y: TOP, height: rowHeight };
  });
}

function renderBox({ node, x, y, height }: Box): string {
  const texts = node.lines.map(
    (line, index) =>
      `<text x="${x + 10}" y="${y + 40 + index * LINE_HEIGHT}">${escapeMarkup(shortened(line))}</text>`,
  );
  return [
    `<rect x="${x + 0.75}" y="${y}" width="${BOX_WIDTH - 1.5}" height="${height}" rx="6" fill="#f5f7fa" stroke="#9aa5b3"/>`,
    `<text class="title" x="${x + 10}" y="${y + 20}">${escapeMarkup(shortened(node.title))}</text>`,
    ...texts,
  ].join("");
}

function shortened(text: string): string {
  return text.length <= LINE_CHARACTERS ? text : `${text.slice(0, LINE_CHARACTERS - 1)}…`;
}

function renderLink(
  link: TopologyLink,
  all: {
    readonly links: readonly TopologyLink[];
    readonly index: number;
    readonly boxes: readonly Box[];
  },
): string {
  const from = all.boxes.find(({ node }) => node.id === link.from);
  const to = all.boxes.find(({ node }) => node.id === link.to);
  if (from === undefined || to === undefined) return "";
  const colour = COLOURS[link.verdict];
  const dash = link.verdict === "not-measured" ? ' stroke-dasharray="5 4"' : "";
  const words = `${link.label}${link.verdict === "pass" ? " ✓" : link.verdict === "fail" ? " ✗" : ""}`;
  if (from.y !== to.y) {
    const x = from.x + BOX_WIDTH / 2;
    const y1 = from.y + from.height;
    return `<line x1="${x}" x2="${x}" y1="${y1}" y2="${to.y}" stroke="${colour}" stroke-width="2"${dash}/><text x="${x + 8}" y="${(y1 + to.y) / 2 + 4}" style="fill:${colour}">${escapeMarkup(words)}</text>`;
  }
  // Several lines between the same two stations lie one under the other.
  const siblings = all.links.filter((other) => other.from === link.from && other.to === link.to);
  const place = siblings.indexOf(link);
  const y = from.y + ((place + 1) * from.height) / (siblings.length + 1) + 4;
  const x1 = from.x + BOX_WIDTH;
  const middle = (x1 + to.x) / 2;
  return [
    `<line x1="${x1}" x2="${to.x - 7}" y1="${y}" y2="${y}" stroke="${colour}" stroke-width="2"${dash}/>`,
    `<path d="M${to.x - 1} ${y}l-8 -4v8z" fill="${colour}"/>`,
    `<text x="${middle}" y="${y - 6}" text-anchor="middle" style="fill:${colour}">${escapeMarkup(words)}</text>`,
  ].join("");
}
