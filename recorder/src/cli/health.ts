// `tapeline-recorder health`: asks the running recorder's /readyz and answers by exit code, so that
// a container's health check needs no other program. 0: it can record; 1: it cannot, or is not
// there.
import { request as plainRequest } from "node:http";
import { request as tlsRequest } from "node:https";
import type { RecorderConfig } from "../config.ts";
import { systemCode } from "../errors.ts";
import type { Environment } from "./cli.ts";
import { EXIT } from "./exit-codes.ts";
import { loadConfig, problemText } from "./load-config.ts";

/** A recorder that does not answer in this time is not well. */
const ANSWER_LIMIT_MS = 4_000;

export async function healthCommand(file: string, environment: Environment): Promise<number> {
  const loaded = await loadConfig(file, environment);
  if (!loaded.ok) {
    for (const problem of loaded.problems) process.stderr.write(`${problemText(problem)}\n`);
    return EXIT.usage;
  }
  if (loaded.config.http.port === 0) {
    process.stderr.write("http.port is 0: nobody knows where to ask. Give it a number.\n");
    return EXIT.usage;
  }
  const { isReady, words } = await askReadiness(loaded.config);
  (isReady ? process.stdout : process.stderr).write(`${words}\n`);
  return isReady ? EXIT.ok : EXIT.failed;
}

/** Loopback where all addresses are bound. */
function ownHost({ host }: RecorderConfig["http"]): string {
  if (host === "0.0.0.0") return "127.0.0.1";
  return host === "::" ? "::1" : host;
}

function askReadiness(config: RecorderConfig): Promise<{ isReady: boolean; words: string }> {
  const { port, tls } = config.http;
  const where = {
    host: ownHost(config.http),
    port,
    path: "/readyz",
    timeout: ANSWER_LIMIT_MS,
    // We ask ourselves; the certificate names the address that others use.
    ...(tls === undefined ? {} : { rejectUnauthorized: false }),
  };
  return new Promise((resolve) => {
    const asked = (tls === undefined ? plainRequest : tlsRequest)(where, (response) => {
      response.resume();
      const isReady = response.statusCode === 200;
      resolve({ isReady, words: isReady ? "ready" : `not ready: HTTP ${response.statusCode}` });
    });
    asked.on("timeout", () => asked.destroy(new Error(`no answer in ${ANSWER_LIMIT_MS} ms`)));
    asked.on("error", (error) => {
      const why = systemCode(error) ?? error.message;
      resolve({ isReady: false, words: `no recorder answers at ${where.host}:${port} (${why})` });
    });
    asked.end();
  });
}
