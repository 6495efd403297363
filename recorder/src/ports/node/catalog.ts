// The real catalog: SQLite in a worker thread of its own (catalog-worker.ts, catalog-schema.ts).
// Failures reject with CATALOG_FAILED; the owner logs them and recording goes on.
import { Worker } from "node:worker_threads";
import { RecorderError } from "../../errors.ts";
import type { Catalog, CatalogQuery, CatalogRow } from "../catalog.ts";
import { RequestChannel, siblingUrl, type AnswerMessage } from "./request-channel.ts";

export type CatalogRequest =
  | { readonly op: "put"; readonly row: CatalogRow }
  | { readonly op: "get" | "remove"; readonly recordingKey: string }
  | { readonly op: "search" | "count"; readonly query: CatalogQuery }
  | { readonly op: "close" };

export type CatalogWorkerMessage =
  | { readonly type: "answer"; readonly answer: AnswerMessage }
  | { readonly type: "moved-aside"; readonly to: string; readonly cause: string };

export interface NodeCatalogOptions {
  /** The database file; made when missing, with its directory. */
  readonly file: string;
  /** Told when a file that could not be used was moved aside: `reindex` is due. */
  readonly onProblem: (code: "CATALOG_FAILED", detail: string) => void;
}

/** The catalog in a SQLite file. */
export function nodeCatalog(options: NodeCatalogOptions): Catalog {
  let running: { worker: Worker; channel: RequestChannel<CatalogRequest> } | null = null;
  let isClosed = false;

  const start = () => {
    const worker = new Worker(siblingUrl("catalog-worker", import.meta.url), {
      name: "catalog",
      workerData: { file: options.file },
    });
    const channel = new RequestChannel<CatalogRequest>((message) => worker.postMessage(message));
    worker.on("message", (message: CatalogWorkerMessage) => {
      if (message.type === "answer") {
        channel.settle(message.answer);
        if (channel.pendingCount === 0) worker.unref();
        return;
      }
      const { to, cause } = message;
      options.onProblem("CATALOG_FAILED", `${options.file} was moved to ${to}: ${cause}`);
    });
    let cause = "";
    worker.on("error", (error) => (cause = `: ${String(error)}`));
    worker.on("exit", () => {
      if (running?.worker === worker) running = null;
      channel.rejectAll(new Error(`the catalog's thread ended${cause}`));
    });
    return { worker, channel };
  };

  const ask = async (request: CatalogRequest): Promise<unknown> => {
    try {
      if (isClosed) throw new Error("the catalog is closed");
      running ??= start();
      // While requests are pending the thread keeps the process alive, not longer.
      running.worker.ref();
      return await running.channel.ask(request);
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      throw new RecorderError("CATALOG_FAILED", `${options.file}: ${detail}`, { cause: error });
    }
  };

  return {
    put: async (row) => void (await ask({ op: "put", row })),
    get: async (recordingKey) => (await ask({ op: "get", recordingKey })) as CatalogRow | null,
    search: async (query) => (await ask({ op: "search", query })) as CatalogRow[],
    count: async (query) => (await ask({ op: "count", query })) as number,
    remove: async (recordingKey) => void (await ask({ op: "remove", recordingKey })),
    async close() {
      if (isClosed) return;
      const thread = running?.worker;
      const closing = running === null ? null : ask({ op: "close" });
      isClosed = true;
      // What fails here was said to the pending calls; the thread ends in any case.
      await closing?.catch(() => undefined);
      await thread?.terminate();
    },
  };
}
