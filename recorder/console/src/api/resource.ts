// What a page shows of the API: loaded when the page or its question changes, kept on the screen
// while it loads again, so that nothing blocks or flickers on a slow request.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { ApiProblem } from "./client.ts";

export interface Resource<T> {
  /** The last answer; undefined until the first one. */
  readonly data: T | undefined;
  readonly problem: ApiProblem | null;
  readonly isLoading: boolean;
  readonly reload: () => void;
}

/** Loads when `question` changes; a question that is superseded is aborted. */
export function useResource<T>(
  question: string,
  load: (signal: AbortSignal) => Promise<T>,
): Resource<T> {
  const [state, setState] = useState<Omit<Resource<T>, "reload">>({
    data: undefined,
    problem: null,
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const superseded = new AbortController();
    setState((before) => ({ ...before, isLoading: true }));
    latest.current(superseded.signal).then(
      (data) => {
        if (!superseded.signal.aborted) setState({ data, problem: null, isLoading: false });
      },
      (error: unknown) => {
        if (superseded.signal.aborted) return;
        setState((before) => ({ ...before, problem: problemOf(error), isLoading: false }));
      },
    );
    return () => superseded.abort();
  }, [question, round]);
  const reload = useCallback(() => setRound((before) => before + 1), []);
  return { ...state, reload };
}

/** Any failure as a problem that can be shown. */
export function problemOf(error: unknown): ApiProblem {
  if (error instanceof ApiProblem) return error;
  const remedy = error instanceof Error ? error.message : String(error);
  return new ApiProblem(0, { code: "page-failed", path: location.pathname, remedy });
}
