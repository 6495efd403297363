// Which rows of a long list are on the screen, from scroll position and row height. Pure.

/** Rows above and below the screen that are there already. */
const AHEAD_ROWS = 12;

export interface RowSpan {
  /** First row, from 0. */
  readonly from: number;
  /** After the last row. */
  readonly to: number;
}

export interface Viewport {
  readonly rowCount: number;
  readonly rowHeight: number;
  /** How far the list's top lies above the screen's top; negative below it. */
  readonly scrolledBy: number;
  readonly screenHeight: number;
}

export function visibleRows(viewport: Viewport): RowSpan {
  const { rowCount, rowHeight, scrolledBy, screenHeight } = viewport;
  const first = Math.floor(scrolledBy / rowHeight) - AHEAD_ROWS;
  const last = Math.ceil((scrolledBy + screenHeight) / rowHeight) + AHEAD_ROWS;
  const from = Math.max(0, Math.min(first, rowCount));
  return { from, to: Math.max(from, Math.min(last, rowCount)) };
}
