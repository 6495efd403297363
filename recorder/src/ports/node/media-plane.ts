// The media plane port over a worker thread: commands and events are its messages. The worker's
// file is handed in, because ports know nothing of media/. A worker that ends without having been
// told to is MEDIA_PLANE_FAILED, once; the recorder then ends and recovers at its next start.
import { Worker } from "node:worker_threads";
import type { MediaEvent, StartMediaPlane } from "../media-plane.ts";

/** A starter of media planes, each a worker thread that runs `workerUrl`. */
export function nodeMediaPlane(workerUrl: URL): StartMediaPlane {
  return (onEvent) => {
    const worker = new Worker(workerUrl, { name: "media-plane" });
    let isClosed = false;
    // Set by the plane's last word (`stopped`, or a `failed` of the whole): the exit that follows
    // is no news.
    let hasSaidItsEnd = false;
    const exited = new Promise<void>((resolve) => worker.once("exit", () => resolve()));
    const tell = (event: MediaEvent): void => {
      if (isClosed) return;
      if (event.type === "stopped") hasSaidItsEnd = true;
      if (event.type === "failed" && event.recordingKey === undefined) hasSaidItsEnd = true;
      onEvent(event);
    };
    const fail = (detail: string): void => {
      if (!hasSaidItsEnd) tell({ type: "failed", code: "MEDIA_PLANE_FAILED", detail });
    };
    worker.on("message", tell);
    worker.on("error", (error) => fail(error instanceof Error ? describe(error) : String(error)));
    worker.on("messageerror", (error) => fail(`a message could not be read: ${error.message}`));
    worker.on("exit", (code) => fail(`the worker ended with exit code ${code}`));
    return {
      post: (command) => worker.postMessage(command),
      async close() {
        isClosed = true;
        await worker.terminate();
        await exited;
      },
    };
  };
}

function describe(error: Error): string {
  return error.stack ?? error.message;
}
