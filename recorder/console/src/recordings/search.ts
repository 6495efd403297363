// The search for recordings as it stands in the address, and its rows page by page as they are
// looked at. A change of the search forgets the pages; what is on the screen stays until the first
// new one is there.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { api, type ApiProblem, type Query } from "../api/client.ts";
import { problemOf } from "../api/resource.ts";
import type { Recording, RecordingList } from "../api/types.ts";
import type { RowSpan } from "../pieces/visible-rows.ts";

const PATH = "/api/v1/recordings";
export const PAGE_ROWS = 100;

/** The filters' names in the address, and the API's for them. */
const PARAMETERS = {
  q: "text",
  agent: "agent",
  extension: "extension",
  number: "number",
  rule: "rule",
  outcome: "outcome",
  call: "callKey",
  held: "isHeld",
} as const;

export const FILTERS = [...Object.keys(PARAMETERS), "from", "to"] as const;

/** The API's question for an address's query. Times stand there as ISO 8601 in UTC. */
export function searchOf(address: URLSearchParams): Query {
  const words = Object.entries(PARAMETERS).map(([name, parameter]) => [
    parameter,
    address.get(name) ?? undefined,
  ]);
  return {
    ...(Object.fromEntries(words) as Query),
    startTime: timeIn(address.get("from")),
    endTime: timeIn(address.get("to")),
  };
}

function timeIn(text: string | null): number | undefined {
  const timeMs = text === null ? Number.NaN : Date.parse(text);
  return Number.isNaN(timeMs) ? undefined : timeMs;
}

export interface Found {
  /** undefined: not known yet. */
  readonly total: number | undefined;
  readonly rowAt: (index: number) => Recording | undefined;
  readonly problem: ApiProblem | null;
  readonly isLoading: boolean;
  readonly onSpan: (span: RowSpan) => void;
  readonly reload: () => void;
}

interface Pages {
  readonly total: number | undefined;
  readonly rows: ReadonlyMap<number, readonly Recording[]>;
}

export function useSearch(search: Query): Found {
  const question = JSON.stringify(search);
  const [pages, setPages] = useState<Pages>({ total: undefined, rows: new Map() });
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  const [isLoading, setLoading] = useState(true);
  const [round, setRound] = useState(0);
  const asked = useRef(new Set<number>());
  const current = useRef(new AbortController());

  const load = useCallback(
    (page: number, signal: AbortSignal) => {
      if (asked.current.has(page)) return;
      asked.current.add(page);
      const about = { ...search, limit: PAGE_ROWS, offset: page * PAGE_ROWS };
      api.get<RecordingList>(PATH, page === 0 ? { ...about, total: true } : about, signal).then(
        ({ recordings, total }) => {
          setLoading(false);
          setProblem(null);
          setPages((before) =>
            page === 0
              ? { total, rows: new Map([[0, recordings]]) }
              : { ...before, rows: new Map([...before.rows, [page, recordings]]) },
          );
        },
        (error: unknown) => {
          asked.current.delete(page);
          if (signal.aborted) return;
          setLoading(false);
          setProblem(problemOf(error));
        },
      );
    },
    [question],
  );

  useEffect(() => {
    const superseded = new AbortController();
    current.current = superseded;
    asked.current = new Set();
    setLoading(true);
    load(0, superseded.signal);
    return () => superseded.abort();
  }, [question, round]);

  const onSpan = ({ from, to }: RowSpan): void => {
    // The first page brings the total; before it there is nothing to look at.
    if (pages.total === undefined || isLoading) return;
    const last = Math.floor(Math.max(0, to - 1) / PAGE_ROWS);
    for (let page = Math.floor(from / PAGE_ROWS); page <= last; page += 1) {
      load(page, current.current.signal);
    }
  };
  return {
    total: pages.total,
    rowAt: (index) => pages.rows.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS],
    ...{ problem, isLoading, onSpan },
    reload: () => setRound((before) => before + 1),
  };
}
