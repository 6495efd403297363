// The page's requests: what it makes of an answer that does not come, breaks off, or is taken back.
import assert from "node:assert/strict";
import { mock, test, type TestContext } from "node:test";
import { api, ApiProblem } from "../../console/src/api/client.ts";

type Body = ConstructorParameters<typeof Response>[0];

/** The recorder answers 200 with this body. */
function answers(context: TestContext, body: Body): void {
  const fetched = mock.method(globalThis, "fetch", async () => new Response(body));
  context.after(() => fetched.mock.restore());
}

/** Half of an answer, then `then`. */
function half(then: (stream: ReadableStreamDefaultController<Uint8Array>) => void): Body {
  let isBegun = false;
  return new ReadableStream<Uint8Array>({
    pull(stream) {
      if (isBegun) then(stream);
      else stream.enqueue(new TextEncoder().encode('{"recordings":['));
      isBegun = true;
    },
  });
}

test("an answer is what its JSON says", async (context) => {
  answers(context, '{"total":3}');
  assert.deepEqual(await api.get("/api/v1/recordings"), { total: 3 });
});

test("an answer that breaks off in the middle is no answer: a problem with a remedy", async (context) => {
  answers(
    context,
    half((stream) => stream.error(new TypeError("terminated"))),
  );
  await assert.rejects(
    api.get("/api/v1/recordings"),
    (error) =>
      error instanceof ApiProblem && error.status === 0 && /Check the network/.test(error.remedy),
  );
});

test("a request taken back while its answer comes ends as taken back, never as an empty answer", async (context) => {
  const superseded = new AbortController();
  const reason = new DOMException("superseded", "AbortError");
  answers(
    context,
    half((stream) => {
      superseded.abort(reason);
      stream.error(reason);
    }),
  );
  const request = api.get("/api/v1/recordings", {}, superseded.signal);
  await assert.rejects(request, (error) => error === reason);
});
