// The network: the advertised address (R12, R23), what is bound, which ports are free (R15),
// whether the kernel grants the receive buffer, whether the IP Offices' names are known.
import { lookup } from "node:dns/promises";
import { readFile } from "node:fs/promises";
import { isIP } from "node:net";
import type { RecorderConfig } from "../../config.ts";
import { RecorderError, systemCode } from "../../errors.ts";
import type { Address } from "../../ports/index.ts";
import { nodeTcp, nodeUdp } from "../../ports/node/index.ts";
import { bindHost } from "../../recorder-options.ts";
import { isLocalAddress } from "./local-address.ts";
import { good, problem, unknown, warning, type Trial } from "./trial.ts";

const NONE = { onDatagram: () => undefined, onError: () => undefined };
const RMEM_MAX = "/proc/sys/net/core/rmem_max";

/** `configured` as written (bind perhaps auto), `fitted` as it would be used here. */
export function tryAddress(configured: RecorderConfig, fitted: RecorderConfig): Trial[] {
  const { address } = configured.recorder;
  const bind = bindHost(fitted);
  const bound =
    configured.recorder.bind === "auto"
      ? good("recorder.bind", `auto: ${bind} will be bound`)
      : good("recorder.bind", `${bind} will be bound`);
  if (isLocalAddress(address)) {
    return [good("recorder.address", `${address} is an address of this machine`), bound];
  }
  const detail = `${address} is not an address of this machine`;
  const remedy =
    "Right behind NAT or in a container, if the ports are forwarded here; else correct it.";
  return [warning("recorder.address", detail, remedy), bound];
}

/** One trial a port that would be bound. */
export function tryPorts(config: RecorderConfig): Promise<Trial>[] {
  const host = bindHost(config);
  const { port, transports } = config.sip;
  const has = (name: "udp" | "tcp" | "tls"): boolean => transports.includes(name);
  return [
    ...(has("udp") ? [tryUdp("sip.port", { host, port })] : []),
    ...(has("tcp") ? [tryTcp("sip.port", { host, port })] : []),
    ...(has("tls") ? [tryTcp("sip.tls", { host, port: sipTlsPort(config) })] : []),
    "port" in config.rtp
      ? tryUdp("rtp.port", { host, port: config.rtp.port })
      : tryRange(host, config.rtp.range),
    tryTcp("http.port", { host: config.http.host, port: config.http.port }, "http.host"),
  ];
}

/** SIP over TLS has the next port (RFC 3261 §19.1.2: 5061 beside 5060). */
function sipTlsPort({ sip }: RecorderConfig): number {
  return sip.port + 1;
}

async function tryUdp(path: string, local: Address): Promise<Trial> {
  const where = `udp ${local.host}:${local.port}`;
  try {
    (await nodeUdp().bind({ local }, NONE)).close();
    return good(path, `${where} is free`);
  } catch (error) {
    return problem(path, portError(where, error));
  }
}

async function tryTcp(path: string, local: Address, hostPath = path): Promise<Trial> {
  const where = `tcp ${local.host}:${local.port}`;
  try {
    const deaf = { onData: () => undefined, onClose: () => undefined };
    await (await nodeTcp().listen({ local }, () => deaf)).close();
    return good(path, `${where} is free`);
  } catch (error) {
    const refused = portError(where, error);
    return problem(refused.code === "ADDRESS_NOT_LOCAL" ? hostPath : path, refused);
  }
}

/** All ports of the range, one after the other; those that are taken are named together. */
async function tryRange(host: string, [first, last]: readonly [number, number]): Promise<Trial> {
  const path = "rtp.range";
  const taken: number[] = [];
  for (let port = first; port <= last; port += 1) {
    try {
      (await nodeUdp().bind({ local: { host, port } }, NONE)).close();
    } catch (error) {
      if (systemCode(error) !== "EADDRINUSE") {
        return problem(path, portError(`udp ${host}:${port}`, error));
      }
      taken.push(port);
    }
  }
  if (taken.length === 0) return good(path, `udp ${host}:${first}–${last} are free`);
  const named = `${taken.slice(0, 5).join(", ")}${taken.length > 5 ? ", …" : ""}`;
  return problem(
    path,
    new RecorderError("PORT_IN_USE", `udp ${host}: ${taken.length} of the range (${named})`),
  );
}

function portError(where: string, error: unknown): RecorderError {
  switch (systemCode(error)) {
    case "EADDRINUSE":
      return new RecorderError("PORT_IN_USE", where);
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new RecorderError("ADDRESS_NOT_LOCAL", where);
    default:
      return new RecorderError(
        "PORT_NOT_PERMITTED",
        `${where}: ${systemCode(error) ?? String(error)}`,
      );
  }
}

/** Does the kernel grant the receive buffer that keeps packets while we are busy? */
export async function trySocketBuffer(config: RecorderConfig): Promise<Trial> {
  const path = "rtp.receiveBufferBytes";
  const wantedBytes = config.rtp.receiveBufferBytes;
  try {
    const local = { host: bindHost(config), port: 0 };
    const socket = await nodeUdp().bind({ local, receiveBufferBytes: wantedBytes }, NONE);
    const grantedBytes = socket.receiveBufferBytes();
    socket.close();
    return judgeSocketBuffer({ wantedBytes, grantedBytes, rmemMax: await rmemMax() });
  } catch (error) {
    const why = systemCode(error) ?? String(error);
    return unknown(path, `no socket to try it with (${why})`, "Mend recorder.bind first.");
  }
}

/** Pure. `rmemMax` is null where the system does not tell. */
export function judgeSocketBuffer(found: {
  readonly wantedBytes: number;
  readonly grantedBytes: number;
  readonly rmemMax: string | null;
}): Trial {
  const path = "rtp.receiveBufferBytes";
  const { wantedBytes, grantedBytes, rmemMax } = found;
  const limit = rmemMax === null ? "" : `, net.core.rmem_max is ${rmemMax}`;
  const detail = `the kernel grants ${grantedBytes} of ${wantedBytes} bytes${limit}`;
  if (grantedBytes >= wantedBytes) return good(path, detail);
  const set = `net.core.rmem_max=${wantedBytes}`;
  return warning(
    path,
    `RECEIVE_BUFFER_SMALL: ${detail}; packets may be lost under load`,
    `Run \`sysctl -w ${set}\`, and \`echo ${set} > /etc/sysctl.d/60-tapeline.conf\` to keep it.`,
  );
}

async function rmemMax(): Promise<string | null> {
  try {
    return (await readFile(RMEM_MAX, "utf8")).trim();
  } catch (error) {
    if (systemCode(error) === null) throw error;
    return null; // Not Linux.
  }
}

/** Names of IP Offices must be known, else nobody may call. */
export function tryNames(config: RecorderConfig): Promise<Trial>[] {
  return config.devlink3
    .map(({ host }, index) => ({ host, path: `devlink3[${index}].host` }))
    .filter(({ host }) => isIP(host) === 0)
    .map(async ({ host, path }) => {
      try {
        const { address } = await lookup(host);
        return good(path, `${host} is ${address}`);
      } catch (error) {
        const detail = `the name ${host} is not known (${systemCode(error) ?? String(error)})`;
        return warning(path, detail, "Correct it, mend DNS, or give the address.");
      }
    });
}
