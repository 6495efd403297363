// Outgoing HTTP in the virtual world: receivers by URL, each with a way to answer. A request to a
// URL that nobody serves finds no host, as in a network without it.
import type { HttpAnswer, HttpClient, HttpRequest } from "@tapeline/recorder/ports";
import type { ReceivedRequest, SeededRandom, VirtualHttpReceivers } from "./contract.ts";
import type { ProcessScope } from "./process-scope.ts";
import { SystemError } from "./system-error.ts";
import type { Trace } from "./trace.ts";

const LATENCY_MS = [2, 30] as const;

type Manner = number | "hang" | "reset";

export class HostHttp implements VirtualHttpReceivers {
  readonly #hostName: string;
  readonly #trace: Trace;
  readonly #random: SeededRandom;
  readonly #manners = new Map<string, Manner>();
  readonly #received: ReceivedRequest[] = [];

  constructor(hostName: string, trace: Trace, random: SeededRandom) {
    this.#hostName = hostName;
    this.#trace = trace;
    this.#random = random;
  }

  portFor(scope: ProcessScope): HttpClient {
    return {
      send: (request) => this.#send(scope, request),
      close: () => scope.call("http.close", 0, () => undefined),
    };
  }

  serve(url: string): void {
    this.#manners.set(url, 200);
  }

  answers(url: string, status: number): void {
    this.#note(url, status);
  }

  hangs(url: string): void {
    this.#note(url, "hang");
  }

  resets(url: string): void {
    this.#note(url, "reset");
  }

  received(): readonly ReceivedRequest[] {
    return this.#received;
  }

  heal(): void {
    for (const url of this.#manners.keys()) this.#manners.set(url, 200);
  }

  #note(url: string, manner: Manner): void {
    this.#trace.add(`fault http ${this.#hostName} ${url} ${manner}`);
    this.#manners.set(url, manner);
  }

  #send(scope: ProcessScope, request: HttpRequest): Promise<HttpAnswer> {
    const { url, timeoutMs } = request;
    if (scope.isAlive) this.#trace.add(`http POST ${url}`);
    const manner = this.#manners.get(url);
    const [minimum, maximum] = LATENCY_MS;
    const delayMs = minimum + this.#random.fraction() * (maximum - minimum);
    const name = `http.POST ${url}`;
    if (manner === "hang") return scope.call(name, timeoutMs, () => fail("ETIMEDOUT", url));
    return scope.call(name, delayMs, () => {
      if (manner === undefined) return fail("ENOTFOUND", url);
      if (manner === "reset") return fail("ECONNRESET", url);
      const { headers, body } = request;
      this.#received.push({ url, headers, body, status: manner });
      this.#trace.add(`http POST ${url} ${manner}`);
      return { status: manner };
    });
  }
}

function fail(code: string, url: string): never {
  throw new SystemError(code, "request", url);
}
