// The port of outgoing HTTP. A redirect is an answer like any other: nobody follows it, because a
// signed body is meant for the address that the administrator wrote.

export interface HttpRequest {
  readonly method: "POST";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** From the start of the connection to the end of the answer. */
  readonly timeoutMs: number;
}

export interface HttpAnswer {
  readonly status: number;
}

export interface HttpClient {
  /**
   * Resolves with any answer, also 500. Rejects with an Error that has a `code`: ETIMEDOUT,
   * ECONNREFUSED, ECONNRESET, ENOTFOUND, HTTP_FAILED …
   */
  send(request: HttpRequest): Promise<HttpAnswer>;
  /** Ends what is under way; its calls reject. */
  close(): Promise<void>;
}
