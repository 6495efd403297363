// Errors as Node makes them of a failed system call: the recorder's code looks at `code`, people
// read the message.

const SENTENCES: Readonly<Record<string, string>> = {
  EACCES: "permission denied",
  EADDRINUSE: "address already in use",
  EADDRNOTAVAIL: "address not available",
  EBADF: "bad file descriptor",
  ECONNREFUSED: "connection refused",
  ECONNRESET: "connection reset by peer",
  EEXIST: "file already exists",
  EINVAL: "invalid argument",
  EIO: "i/o error",
  EISDIR: "illegal operation on a directory",
  EMSGSIZE: "message too long",
  ENOENT: "no such file or directory",
  ENOSPC: "no space left on device",
  ENOTDIR: "not a directory",
  ENOTEMPTY: "directory not empty",
  EPROTO: "protocol error",
  EROFS: "read-only file system",
  ETIMEDOUT: "connection timed out",
  EXDEV: "cross-device link not permitted",
};

export class SystemError extends Error {
  readonly code: string;
  readonly syscall: string;

  constructor(code: string, syscall: string, subject: string) {
    super(`${code}: ${SENTENCES[code] ?? "failed"}, ${syscall} ${subject}`.trim());
    this.code = code;
    this.syscall = syscall;
  }
}

/** The `code` of anything caught, or "unknown". */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" ? code : "unknown";
}
