// A network to be validated, in the virtual world: the real recorder package on one host, the
// laptop where the IP Office will be on the other, a simulated IP Office on a third.
import { dirname } from "node:path";
import { checkConfig, Recorder } from "@tapeline/recorder";
import type { Udp } from "@tapeline/recorder/ports";
import type { ValidationResult } from "@tapeline/reports";
import { loadSite, SimulatedIpOffice } from "@tapeline/simulator/pbx";
import { makeVirtualCertificate, World, type VirtualProcess } from "@tapeline/simulator/world";
import { recorderConfig } from "../../src/testbed-config.ts";
import type {
  RecorderApiReader,
  ValidateOptions,
  ValidatePorts,
} from "../../src/validate/probe.ts";
import { runValidation, StopSwitch } from "../../src/validate/run-validation.ts";
import { virtualMediaPlane } from "../../src/virtual/virtual-media-plane.ts";

export const RECORDER = "192.0.2.10";
export const LAPTOP = "192.0.2.1";
export const OFFICE = "192.0.2.2";
const SIP_PORT = 5060;
const LIMIT_MS = 20 * 60_000;

export interface NetworkOptions {
  readonly seed: string;
  readonly changes?: Readonly<Record<string, unknown>>;
  readonly hasOffice?: boolean;
  /** What a really slow recorder needs until it looks at a SIP datagram. */
  readonly thinkMs?: number;
  /** Files of the recorder's machine, by path. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Only in tests of single faults: what stands in for the outside world of the laptop. */
export interface LaptopSetup {
  readonly ports?: Partial<ValidatePorts>;
  readonly api?: RecorderApiReader;
}

export class VirtualSite {
  readonly world: World;
  readonly laptop: VirtualProcess;
  readonly recorder: Recorder;
  readonly progress: string[] = [];
  readonly #process: VirtualProcess;
  readonly #office: SimulatedIpOffice | null;

  private constructor(options: NetworkOptions) {
    this.world = new World({ seed: options.seed, trace: "hash" });
    this.#process = this.world.host("recorder", RECORDER).boot("recorder");
    this.laptop = this.world.host("laptop", LAPTOP).boot("validate");
    const checked = checkConfig(
      recorderConfig({
        address: RECORDER,
        allowLoopback: false,
        sipPort: 5060,
        rtpPort: 5004,
        httpPort: 8080,
        devlink3: {
          host: LAPTOP,
          port: 50_797,
          user: "recorder",
          password: "Passw0rd!",
          tls: false,
        },
        directories: {
          live: "/data/live",
          pools: ["/data/pool-0"],
          state: "/data/state",
          log: "/data/log",
        },
        catalogFile: "/data/catalog.sqlite",
        changes: options.changes ?? {},
      }),
      { environment: {}, baseDirectory: "/" },
    );
    if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
    this.recorder = new Recorder(
      checked.config,
      { ...this.#recorderPorts(options), startMediaPlane: virtualMediaPlane(this.#process) },
      {
        onFatal: (error) => {
          throw error;
        },
      },
    );
    this.#office = options.hasOffice === true ? this.#newOffice() : null;
  }

  #recorderPorts({ thinkMs }: NetworkOptions): VirtualProcess["ports"] {
    const { ports } = this.#process;
    if (thinkMs === undefined) return ports;
    const udp: Udp = {
      bind: (wanted, delegate) =>
        ports.udp.bind(wanted, {
          ...delegate,
          onDatagram: (data, source) =>
            ports.clock.setTimer("slow", wanted.local.port === SIP_PORT ? thinkMs : 0, () =>
              delegate.onDatagram(data, source),
            ),
        }),
    };
    return { ...ports, udp };
  }

  static async start(options: NetworkOptions): Promise<VirtualSite> {
    const site = new VirtualSite(options);
    await site.drive(
      (async () => {
        for (const [path, text] of Object.entries(options.files ?? {})) {
          const disk = site.#process.ports.disk;
          await disk.makeDirectory(dirname(path));
          const file = await disk.open(path, "create");
          await file.write(new TextEncoder().encode(text), 0);
          await file.close();
        }
        await site.recorder.start();
        await site.#office?.start();
      })(),
    );
    return site;
  }

  #newOffice(): SimulatedIpOffice {
    const process = this.world.host("office", OFFICE).boot("ip-office");
    return new SimulatedIpOffice(
      {
        site: loadSite({}),
        listen: {
          host: OFFICE,
          devlink3Port: 50_797,
          devlink3TlsPort: 50_796,
          tls: makeOfficeTls(),
          sipPort: 5060,
          rtpPortBase: 49_152,
        },
        keepPayloads: false,
      },
      process.ports,
      { onSip: () => undefined, onDevLink3: () => undefined },
    );
  }

  /** Moves time until `work` is done. */
  async drive<T>(work: Promise<T>): Promise<T> {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    if (!(await this.world.runUntil(() => isDone, LIMIT_MS))) throw new Error("no end in 20 min");
    return done;
  }

  validate(
    changes: Partial<ValidateOptions> = {},
    { ports = {}, api }: LaptopSetup = {},
  ): Promise<ValidationResult> {
    return this.drive(
      runValidation({
        options: { ...DEFAULTS, ...changes },
        ports: { ...this.laptop.ports, ...ports },
        api: api ?? null,
        commit: "test",
        progress: (text) => void this.progress.push(text),
        stop: new StopSwitch(),
      }),
    );
  }

  async close(): Promise<void> {
    await this.drive(
      (async () => {
        await this.recorder.close();
        await this.#office?.close();
      })(),
    );
  }
}

/** Whom the virtual IP Office's certificate is signed by. */
export const AUTHORITY = makeVirtualCertificate({ subject: "Testbed Authority" });

function makeOfficeTls() {
  const facts = { subject: "ip-office", issuer: "Testbed Authority", altNames: [OFFICE] };
  return { certificate: makeVirtualCertificate(facts), key: "virtual" };
}

/** Two calls for a minute, UDP and TCP. */
export const DEFAULTS: ValidateOptions = {
  target: {
    recorder: {
      uri: `sip:${RECORDER}`,
      user: "recorder",
      host: RECORDER,
      port: 5060,
      tlsPort: 5061,
      transport: "udp",
      transports: ["udp", "tcp", "tls"],
      required: null,
    },
    ipOffice: null,
    api: null,
  },
  calls: 2,
  minutes: 1,
  rampTo: null,
  site: null,
  forSeconds: null,
  responder: false,
  localHost: LAPTOP,
};
