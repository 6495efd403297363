// Refusals that no route makes: what Fastify or Node finds wrong with a request, and what a route
// throws. They look like all others (problem.ts): code, path and remedy.
import { STATUS_CODES } from "node:http";
import type { Socket } from "node:net";
import type { FastifyReply, FastifyRequest } from "fastify";
import { RecorderError } from "../errors.ts";
import { sendProblem, type ProblemBody } from "./problem.ts";

/** Request bodies are small; a list of rules is the largest. */
export const BODY_LIMIT_BYTES = 1024 * 1024;
/** An address in a refusal is cut: what was sent may be long. */
const PATH_CHARACTERS = 200;

type HttpError = Error & { readonly statusCode?: number | undefined; readonly code?: string };

/** Fastify's words are not ours. */
const KNOWN: Readonly<Record<string, Pick<ProblemBody, "code" | "remedy">>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    code: "body-too-large",
    remedy: `Send at most ${BODY_LIMIT_BYTES} bytes.`,
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    code: "unsupported-media-type",
    remedy: "Send JSON, with content-type application/json.",
  },
  FST_ERR_MAX_PARAM_LENGTH: {
    code: "address-too-long",
    remedy: "Shorten the key or name in the address; none is that long.",
  },
  FST_ERR_BAD_URL: { code: "bad-address", remedy: "Escape the address as RFC 3986 says." },
};

export function answerError(
  error: HttpError,
  request: FastifyRequest,
  reply: FastifyReply,
): FastifyReply {
  const path = request.url.slice(0, PATH_CHARACTERS);
  if (error instanceof RecorderError && error.code === "EXPORTS_BUSY") {
    reply.header("retry-after", "10");
    return sendProblem(reply, 503, { code: error.code, path, remedy: error.remedy });
  }
  const status = error.statusCode ?? 500;
  if (status < 500) {
    const given = { code: error.code ?? "bad-request", remedy: error.message };
    const { code, remedy } = KNOWN[given.code] ?? given;
    return sendProblem(reply, status, { code, path, remedy });
  }
  return sendProblem(reply, 500, {
    code: error instanceof RecorderError ? error.code : "internal",
    path,
    remedy: error instanceof RecorderError ? error.remedy : "See library.log; try again.",
  });
}

/** What is no HTTP, or has more of it than Node reads: answered on the bare connection. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket) {
  if (error.code === "ECONNRESET" || !socket.writable) return void socket.destroy();
  const { status, ...problem } = BROKEN[error.code ?? ""] ?? NO_HTTP;
  const body = JSON.stringify({ error: problem });
  socket.end(
    [
      `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}`,
      "connection: close",
      "content-type: application/json; charset=utf-8",
      `content-length: ${Buffer.byteLength(body)}`,
      "",
      body,
    ].join("\r\n"),
  );
}

const NO_HTTP = {
  status: 400,
  code: "bad-request",
  path: "request",
  remedy: "Send HTTP/1.1; for HTTPS set http.tls.",
};

const BROKEN: Readonly<Record<string, ProblemBody & { readonly status: number }>> = {
  HPE_HEADER_OVERFLOW: {
    status: 431,
    code: "headers-too-large",
    path: "headers",
    remedy: "Send fewer or shorter headers, and a shorter query.",
  },
  ERR_HTTP_REQUEST_TIMEOUT: {
    status: 408,
    code: "request-timeout",
    path: "request",
    remedy: "Send the whole request without pausing.",
  },
};
