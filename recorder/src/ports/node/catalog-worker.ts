// The catalog's worker thread: node:sqlite is synchronous, and a slow disk under it must hold up
// neither calls nor live writes. Answers the requests of catalog.ts, one after the other.
import { parentPort, workerData } from "node:worker_threads";
import { unreachable } from "../../assert.ts";
import { CatalogDatabase } from "./catalog-schema.ts";
import type { CatalogRequest, CatalogWorkerMessage } from "./catalog.ts";
import { answerTo, type RequestMessage } from "./request-channel.ts";

const { file } = workerData as { readonly file: string };
let database: CatalogDatabase | null = null;

function tell(message: CatalogWorkerMessage): void {
  parentPort?.postMessage(message);
}

/** Opened by the first request, and again by the next when that fails. */
function opened(): CatalogDatabase {
  database ??= new CatalogDatabase(file, (to, cause) => tell({ type: "moved-aside", to, cause }));
  return database;
}

function run(request: CatalogRequest): unknown {
  switch (request.op) {
    case "put":
      return opened().put(request.row);
    case "get":
      return opened().get(request.recordingKey);
    case "search":
      return opened().search(request.query);
    case "count":
      return opened().count(request.query);
    case "remove":
      return opened().remove(request.recordingKey);
    case "close":
      database?.close();
      database = null;
      return undefined;
    default:
      return unreachable(request);
  }
}

parentPort?.on("message", (message: RequestMessage<CatalogRequest>) => {
  void answerTo(message, run).then((answer) => tell({ type: "answer", answer }));
});
