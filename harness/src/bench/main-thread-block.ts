// Blocks the main thread of a running recorder, as a long synchronous piece of work would: Node's
// own inspector, opened by SIGUSR1 on a port of the system's choice, evaluates a busy loop there.
// Other threads go on. The recorder knows nothing of it.
import { once } from "node:events";
import { WebSocket } from "ws";

/** For the recorder's environment: the inspector stays shut until the signal comes. */
export const INSPECTABLE = { NODE_OPTIONS: "--inspect-port=127.0.0.1:0" };
const LISTENING = /Debugger listening on (ws:\/\/\S+)/;

interface Evaluation {
  readonly result?: { readonly result?: { readonly value?: unknown } };
}

/** The recorder's process, and a way to see its standard error change. */
export interface InspectedProcess {
  readonly pid: number;
  readonly stderr: string;
}

/** Resolves with the milliseconds for which the main thread did nothing else. */
export async function blockMainThread(
  recorder: InspectedProcess,
  blockMs: number,
  waitFor: (what: string, isSo: () => boolean) => Promise<void>,
): Promise<number> {
  process.kill(recorder.pid, "SIGUSR1");
  await waitFor("the recorder's inspector", () => LISTENING.test(recorder.stderr));
  const url = LISTENING.exec(recorder.stderr)?.[1] ?? "";
  const socket = new WebSocket(url);
  await once(socket, "open");
  const expression =
    `{ const from = performance.now(); while (performance.now() - from < ${blockMs}); ` +
    "performance.now() - from }";
  socket.send(JSON.stringify({ id: 1, method: "Runtime.evaluate", params: { expression } }));
  const [data] = (await once(socket, "message")) as [Buffer];
  const answer = JSON.parse(data.toString()) as Evaluation;
  socket.terminate();
  return Number(answer.result?.result?.value ?? 0);
}
