// A list of any length of which only what is on the screen exists: it scrolls with the page. A
// table for screen readers, with the true number of rows; arrow keys go from row to row.
import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { visibleRows, type RowSpan } from "./visible-rows.ts";

interface VirtualListProps {
  readonly label: string;
  readonly rowCount: number;
  /** The heads of the columns, which scroll along. */
  readonly heads: readonly string[];
  /** What stands in a row, cells with role "cell" and one link that takes the focus. */
  readonly row: (index: number) => ComponentChildren;
  /** Told which rows are looked at, so that they can be loaded. */
  readonly onSpan: (span: RowSpan) => void;
  /** In CSS pixels, wide and on a phone. */
  readonly rowHeight: { readonly wide: number; readonly phone: number };
}

const PHONE = matchMedia("(max-width: 720px)");

export function VirtualList(props: VirtualListProps) {
  const { label, rowCount, heads, row, onSpan, rowHeight } = props;
  const body = useRef<HTMLDivElement>(null);
  const wanted = useRef<number | null>(null);
  const [height, setHeight] = useState(PHONE.matches ? rowHeight.phone : rowHeight.wide);
  const [span, setSpan] = useState<RowSpan>({ from: 0, to: Math.min(rowCount, 30) });
  useLayoutEffect(() => {
    const look = (): void => {
      const element = body.current;
      if (element === null) return;
      const now = PHONE.matches ? rowHeight.phone : rowHeight.wide;
      setHeight(now);
      const next = visibleRows({
        rowCount,
        rowHeight: now,
        scrolledBy: -element.getBoundingClientRect().top,
        screenHeight: innerHeight,
      });
      setSpan((before) => (before.from === next.from && before.to === next.to ? before : next));
    };
    look();
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look, { passive: true });
    return () => {
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [rowCount, rowHeight.wide, rowHeight.phone]);
  useEffect(() => onSpan(span), [span.from, span.to, rowCount]);
  // A row that a key led to may have come into being only now.
  useEffect(() => {
    if (wanted.current !== null && focusRow(body.current, wanted.current)) wanted.current = null;
  });
  const onKeyDown = (event: KeyboardEvent): void => {
    const at = rowOf(event.target);
    const to = at === null ? null : rowAfter(event.key, at, rowCount);
    if (to === null || body.current === null) return;
    event.preventDefault();
    if (focusRow(body.current, to)) return;
    wanted.current = to;
    scrollTo({ top: scrollY + body.current.getBoundingClientRect().top + to * height - 120 });
  };
  const indexes = Array.from({ length: span.to - span.from }, (_, index) => span.from + index);
  return (
    <div class="long-list" role="table" aria-label={label} aria-rowcount={rowCount + 1}>
      <div class="long-head" role="row" aria-rowindex={1}>
        {heads.map((head) => (
          <span key={head} role="columnheader">
            {head}
          </span>
        ))}
      </div>
      <div
        ref={body}
        class="long-body"
        role="rowgroup"
        style={{ height: `${rowCount * height}px` }}
        onKeyDown={onKeyDown}
      >
        {indexes.map((index) => (
          <div
            key={index}
            class="long-row"
            role="row"
            aria-rowindex={index + 2}
            data-row={index}
            style={{ transform: `translateY(${index * height}px)`, height: `${height}px` }}
          >
            {row(index)}
          </div>
        ))}
      </div>
    </div>
  );
}

const PAGE_ROWS = 10;

function rowAfter(key: string, at: number, rowCount: number): number | null {
  const targets: Readonly<Record<string, number>> = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    PageDown: at + PAGE_ROWS,
    PageUp: at - PAGE_ROWS,
    Home: 0,
    End: rowCount - 1,
  };
  const to = targets[key];
  return to === undefined ? null : Math.max(0, Math.min(rowCount - 1, to));
}

function rowOf(target: EventTarget | null): number | null {
  if (!(target instanceof Element)) return null;
  const row = target.closest("[data-row]")?.getAttribute("data-row");
  return row === undefined || row === null ? null : Number(row);
}

function focusRow(body: Element | null, index: number): boolean {
  const link = body?.querySelector<HTMLElement>(`[data-row="${index}"] a`);
  link?.focus();
  return link !== undefined && link !== null;
}
