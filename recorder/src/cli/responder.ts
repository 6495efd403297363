// `tapeline-recorder responder`: stands in for a recorder while the network is validated, before
// anything is installed or configured. Needs no configuration and writes no file. T3, R15, R23
import { networkInterfaces } from "node:os";
import { InvalidArgumentError, type Command } from "commander";
import { RecorderError } from "../errors.ts";
import type { Clock } from "../ports/index.ts";
import { nodeClock, nodeRandom, nodeTcp, nodeUdp } from "../ports/node/index.ts";
import { Responder } from "../responder/responder.ts";
import type { Environment } from "./cli.ts";
import { countDscp } from "./dscp-counter.ts";
import { EXIT } from "./exit-codes.ts";
import { watchLauncher } from "./launcher.ts";

const HELP = `
Where the recorder will stand:
  tapeline-recorder responder
  tapeline-recorder responder --bind 192.0.2.10 --port 5060 --rtp-port 5004
and where the IP Office will stand:
  testbed validate --recorder sip:192.0.2.10:5060 --responder

It answers only hosts that said back a token that was sent to them, and never more to a stranger
than the stranger has sent. As root on Linux with nft it also counts RTP by its DSCP, in a table of
its own that it removes at the end. Ctrl-C stops it.`;

interface Options {
  readonly bind: string;
  readonly address?: string;
  readonly port: number;
  readonly rtpPort: number;
  readonly json?: boolean;
}

export function addResponderCommand(
  program: Command,
  environment: Environment,
  exit: (code: number) => void,
): void {
  program
    .command("responder")
    .description("answer `testbed validate --responder`, before a recorder is installed")
    .option("--bind <address>", "local address to listen on", "0.0.0.0")
    .option("--address <address>", "in Contact and SDP, behind NAT (default: --bind, or the first)")
    .option("--port <port>", "SIP Message Port, UDP and TCP", port, 5060)
    .option("--rtp-port <port>", "Active Recording RTP Port, even; RTCP on the next", port, 5004)
    .option("--json", "print one JSON line when ready")
    .addHelpText("after", HELP)
    .action(async (options: Options) => exit(await responderCommand(options, environment)));
}

function port(text: string): number {
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value <= 65_535) return value;
  throw new InvalidArgumentError("Give a port from 0 (any) to 65535.");
}

async function responderCommand(options: Options, environment: Environment): Promise<number> {
  const { bind, port: sipPort, rtpPort } = options;
  const address = options.address ?? (isWildcard(bind) ? firstAddress() : bind);
  const sockets = { udp: nodeUdp(), tcp: nodeTcp() };
  const ports = { clock: nodeClock(), random: nodeRandom(), ...sockets, countDscp };
  const responder = new Responder({ bind, address, sipPort, rtpPort }, ports);
  const stopped = stopSignal(environment, ports.clock);
  try {
    const { sip, rtp } = await responder.start();
    const ready = {
      sip: { host: address, port: sip.port },
      rtp: { host: address, port: rtp.port },
    };
    process.stdout.write(
      options.json === true
        ? `${JSON.stringify(ready)}\n`
        : `The responder is ready at ${address}: SIP ${sip.port} (UDP, TCP), RTP ${rtp.port}, ` +
            `RTCP ${rtp.port + 1}.\nCtrl-C stops it.\n`,
    );
  } catch (error) {
    if (!(error instanceof RecorderError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return EXIT.failed;
  }
  await stopped;
  const { answered, ignored, rtpPackets } = responder.counts;
  await responder.close();
  process.stderr.write(
    `${answered} requests answered, ${rtpPackets} RTP packets heard, ${ignored} of strangers ignored.\n`,
  );
  return EXIT.ok;
}

function isWildcard(address: string): boolean {
  return address === "0.0.0.0" || address === "::";
}

/** This machine's first address that others reach. */
function firstAddress(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  const outside = all.filter(({ internal }) => !internal);
  return (outside.find(({ family }) => family === "IPv4") ?? outside[0])?.address ?? "127.0.0.1";
}

function stopSignal(environment: Environment, clock: Clock): Promise<void> {
  return new Promise((resolve) => {
    const launcher = { environment, parentId: () => process.ppid };
    const watch = watchLauncher(launcher, clock, resolve);
    const onSignal = (): void => {
      watch.cancel();
      resolve();
    };
    process.once("SIGTERM", onSignal);
    process.once("SIGINT", onSignal);
  });
}
