// The real TCP port over node:net and node:tls. A pinned certificate alone decides; otherwise the
// given authority, or the system's, verifies. TLS 1.2 is the oldest version spoken.
import { createHash } from "node:crypto";
import {
  connect as connectPlain,
  createServer as createPlainServer,
  isIP,
  type Server,
  type Socket,
} from "node:net";
import {
  connect as connectSecure,
  createServer as createSecureServer,
  TLSSocket,
  type SecureContextOptions,
} from "node:tls";
import type { Tcp, TcpListener, TcpStream, TcpStreamDelegate, TlsOptions } from "../tcp.ts";
import type { Address } from "../udp.ts";

/** A peer that does not take our last bytes and the end of stream in this time is cut off. */
const CLOSE_LINGER_MS = 5000;
/** Time for a client to complete the TLS handshake with our listener. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Idle time after which the system probes whether the peer is still there. */
const KEEP_ALIVE_MS = 30_000;

/** The system's TCP and TLS streams. */
export function nodeTcp(): Tcp {
  return { connect, listen };
}

function failure(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

// ---- Client ------------------------------------------------------------------------------------

async function connect(
  options: { remote: { host: string; port: number }; tls?: TlsOptions; timeoutMs: number },
  delegate: TcpStreamDelegate,
): Promise<TcpStream> {
  const { remote, tls, timeoutMs } = options;
  const socket =
    tls === undefined
      ? connectPlain({ ...remote, noDelay: true })
      : connectSecure({ ...remote, ...clientContext(remote.host, tls) });
  await completed(socket, { isSecure: tls !== undefined, timeoutMs, remote });
  if (tls?.pinSha256 !== undefined && !hasPin(socket, tls.pinSha256)) {
    const shown = fingerprint(socket) ?? "none";
    socket.destroy();
    throw failure("TLS_PIN_MISMATCH", `the peer's certificate has the SHA-256 ${shown}`);
  }
  return attach(socket, () => delegate);
}

function clientContext(host: string, tls: TlsOptions) {
  // Server name indication takes names only, never addresses (RFC 6066 §3).
  const name = tls.serverName ?? (isIP(host) === 0 ? host : undefined);
  return {
    ...secureContext(tls),
    rejectUnauthorized: tls.pinSha256 === undefined && tls.verify !== false,
    ...(name === undefined ? {} : { servername: name }),
  };
}

function secureContext(tls: TlsOptions): SecureContextOptions {
  return {
    minVersion: "TLSv1.2",
    ...(tls.certificate === undefined ? {} : { cert: tls.certificate }),
    ...(tls.key === undefined ? {} : { key: tls.key }),
    ...(tls.certificateAuthority === undefined ? {} : { ca: tls.certificateAuthority }),
  };
}

/** Waits for connection and handshake; every failure leaves no socket behind. */
function completed(
  socket: Socket,
  wait: { isSecure: boolean; timeoutMs: number; remote: { host: string; port: number } },
): Promise<void> {
  // Stays for good: an error between handshake and attachment must not be thrown.
  socket.on("error", () => undefined);
  return new Promise((resolve, reject) => {
    const place = `${wait.remote.host}:${wait.remote.port}`;
    const fail = (error: Error): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(error);
    };
    const timer = setTimeout(
      () => fail(failure("ETIMEDOUT", `no connection to ${place} in ${wait.timeoutMs} ms`)),
      wait.timeoutMs,
    );
    const onClose = (): void => fail(failure("ECONNRESET", `${place} closed the connection`));
    socket.once("error", fail);
    socket.once("close", onClose);
    socket.once(wait.isSecure ? "secureConnect" : "connect", () => {
      clearTimeout(timer);
      socket.removeListener("error", fail);
      socket.removeListener("close", onClose);
      resolve();
    });
  });
}

function fingerprint(socket: Socket): string | null {
  if (!(socket instanceof TLSSocket)) return null;
  const certificate = socket.getPeerX509Certificate();
  return certificate === undefined
    ? null
    : createHash("sha256").update(certificate.raw).digest("hex");
}

/** Pins are written with or without colons, in either case. */
function hasPin(socket: Socket, pin: string): boolean {
  return fingerprint(socket) === pin.replaceAll(":", "").toLowerCase();
}

// ---- Listener ----------------------------------------------------------------------------------

function listen(
  options: { local: Address; tls?: TlsOptions },
  onStream: (stream: TcpStream) => TcpStreamDelegate,
): Promise<TcpListener> {
  const server =
    options.tls === undefined ? plainServer(onStream) : secureServer(options.tls, onStream);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: options.local.host, port: options.local.port }, () => {
      server.removeListener("error", reject);
      // After the bind only single accepts fail (no descriptor left); the client sees a reset and
      // calls again, the listener goes on.
      server.on("error", () => undefined);
      const bound = server.address();
      const local =
        bound === null || typeof bound === "string"
          ? options.local
          : { host: bound.address, port: bound.port };
      resolve({ local, close: () => stopAccepting(server) });
    });
  });
}

type OnStream = (stream: TcpStream) => TcpStreamDelegate;

function plainServer(onStream: OnStream): Server {
  return createPlainServer({ noDelay: true }, (socket) => void attach(socket, onStream));
}

function secureServer(tls: TlsOptions, onStream: OnStream): Server {
  const { pinSha256 } = tls;
  const asks = tls.requireClientCertificate === true || pinSha256 !== undefined;
  const server = createSecureServer(
    {
      ...secureContext(tls),
      handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
      requestCert: asks,
      rejectUnauthorized: asks && pinSha256 === undefined,
    },
    (socket) => {
      if (pinSha256 !== undefined && !hasPin(socket, pinSha256)) {
        socket.destroy();
        return;
      }
      socket.setNoDelay(true);
      attach(socket, onStream);
    },
  );
  // A failed handshake concerns that client alone; the runtime has already dropped it.
  server.on("tlsClientError", (_error, socket) => void socket.destroy());
  return server;
}

/** `server.close` would wait for all open streams; the port promises only to stop accepting. */
function stopAccepting(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close();
    setImmediate(resolve);
  });
}

// ---- Stream ------------------------------------------------------------------------------------

function attach(socket: Socket, onStream: OnStream): TcpStream {
  let failed: Error | null = null;
  let isClosed = false;
  let linger: NodeJS.Timeout | null = null;
  const stream: TcpStream = {
    local: { host: socket.localAddress ?? "", port: socket.localPort ?? 0 },
    remote: { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 },
    secure: socket instanceof TLSSocket,
    write(data) {
      if (!isClosed && socket.writable) socket.write(data);
    },
    queuedBytes: () => socket.writableLength,
    close() {
      if (isClosed || linger !== null) return;
      linger = setTimeout(() => socket.destroy(), CLOSE_LINGER_MS);
      socket.end();
    },
    destroy() {
      socket.destroy();
    },
  };
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  socket.on("error", (error) => (failed ??= error));
  const delegate = onStream(stream);
  socket.on("data", (data: Uint8Array) => delegate.onData(data));
  socket.once("close", () => {
    isClosed = true;
    if (linger !== null) clearTimeout(linger);
    delegate.onClose(failed);
  });
  return stream;
}
