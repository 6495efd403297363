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
  checkServerIdentity,
  connect as connectSecure,
  createSecureContext,
  createServer as createSecureServer,
  TLSSocket,
  type PeerCertificate as NodeCertificate,
  type SecureContextOptions,
  type Server as SecureServer,
} from "node:tls";
import type {
  PeerCertificate,
  Tcp,
  TcpListener,
  TcpStream,
  TcpStreamDelegate,
  TlsOptions,
} from "../tcp.ts";

/** A peer that does not take our last bytes and the end of stream in this time is cut off. */
const CLOSE_LINGER_MS = 5000;
/** Time for a client to complete the TLS handshake with our listener. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Idle time after which the system probes whether the peer is still there. */
const KEEP_ALIVE_MS = 30_000;

/** The system's TCP and TLS streams. */
export function nodeTcp(): Tcp {
  return {
    connect,
    listen,
    checkTls: (tls) => void createSecureContext(secureContext(tls)),
  };
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
  const name = tls.serverName ?? host;
  return {
    ...secureContext(tls),
    rejectUnauthorized: tls.pinSha256 === undefined && tls.verify !== false,
    ...(isIP(name) === 0 ? { servername: name } : {}),
    checkServerIdentity: (_host: string, shown: NodeCertificate) =>
      checkServerIdentity(name, shown),
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
  return peerCertificate(socket)?.sha256 ?? null;
}

/** The runtime hands a socket's certificate out once only. */
const SHOWN = new WeakMap<Socket, PeerCertificate | null>();

function peerCertificate(socket: Socket): PeerCertificate | null {
  const known = SHOWN.get(socket);
  if (known !== undefined) return known;
  const found = readCertificate(socket);
  SHOWN.set(socket, found);
  return found;
}

function readCertificate(socket: Socket): PeerCertificate | null {
  const shown = socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined;
  if (shown === undefined) return null;
  return {
    subject: shown.subject,
    issuer: shown.issuer,
    validTo: shown.validToDate.toISOString(),
    sha256: createHash("sha256").update(shown.raw).digest("hex"),
  };
}

/** Pins are written with or without colons, in either case. */
function hasPin(socket: Socket, pin: string): boolean {
  return fingerprint(socket) === pin.replaceAll(":", "").toLowerCase();
}

// ---- Listener ----------------------------------------------------------------------------------

type OnStream = (stream: TcpStream) => TcpStreamDelegate;
type ListenOptions = Parameters<Tcp["listen"]>[0];

function listen(options: ListenOptions, onStream: OnStream): Promise<TcpListener> {
  const { tls } = options;
  const secure = tls === undefined ? null : secureServer(tls, options, onStream);
  const server = secure ?? plainServer(onStream);
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
      const renew = (renewed: TlsOptions): void => {
        // Tried first, for the server would be left half changed.
        createSecureContext(secureContext(renewed));
        secure?.setSecureContext(secureContext(renewed));
      };
      resolve({ local, renew, close: () => stopAccepting(server) });
    });
  });
}

function plainServer(onStream: OnStream): Server {
  return createPlainServer({ noDelay: true }, (socket) => void attach(socket, onStream));
}

function secureServer(tls: TlsOptions, options: ListenOptions, onStream: OnStream): SecureServer {
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
  server.on("tlsClientError", (error, socket) => {
    const { remoteAddress: host = "", remotePort: port = 0 } = socket;
    socket.destroy();
    options.onHandshakeFailed?.({ host, port }, error);
  });
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
  const certificate = peerCertificate(socket);
  const stream: TcpStream = {
    local: { host: socket.localAddress ?? "", port: socket.localPort ?? 0 },
    remote: { host: socket.remoteAddress ?? "", port: socket.remotePort ?? 0 },
    secure: socket instanceof TLSSocket,
    ...(certificate === null ? {} : { certificate }),
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
