// A customer's network with something wrong in it, in the virtual world: the laptop at the place of
// the IP Office, the relay between, and the unmodified recorder (or a responder) beyond it.
import { checkConfig, Recorder, Responder } from "@tapeline/recorder";
import type { ValidationItem, ValidationResult } from "@tapeline/reports";
import type { RelayFaults } from "../../src/relay/relay-options.ts";
import { recorderConfig } from "../../src/testbed-config.ts";
import type { RecorderApiReader, ValidateOptions } from "../../src/validate/probe.ts";
import { runValidation, StopSwitch } from "../../src/validate/run-validation.ts";
import { virtualMediaPlane } from "../../src/virtual/virtual-media-plane.ts";
import {
  inTime,
  PBX,
  PBX_FACE,
  RECORDER,
  RECORDER_FACE,
  relayedWorld,
  RTP_PORT,
  SIP_PORT,
  type RelayedWorld,
} from "../relay/relayed-world.ts";
import { readerOf } from "./recorder-reader.ts";

const LIMIT_MS = 60 * 60_000;

export interface Site extends RelayedWorld {
  validate(changes?: Partial<ValidateOptions>): Promise<ValidationResult>;
  close(): Promise<void>;
}

export interface SiteOptions {
  readonly seed: string;
  readonly faults?: RelayFaults;
  /** What the recorder calls itself in Contact and SDP. */
  readonly address?: string;
  /** validate is given --api. */
  readonly hasApi?: boolean;
}

/** With the unmodified recorder. */
export async function relayedSite(options: SiteOptions): Promise<Site> {
  const relayed = await relayedWorld({ seed: options.seed });
  const recorder = recorderAt(relayed, options.address ?? RECORDER_FACE);
  return standing(relayed, options, { farEnd: recorder, api: readerOf(recorder) });
}

/** With `tapeline-recorder responder` in its place. */
export async function responderSite(
  options: SiteOptions & { readonly clockStepMs?: number },
): Promise<Site> {
  const relayed = await relayedWorld({ seed: options.seed });
  relayed.world.host("recorder", RECORDER).stepClock(options.clockStepMs ?? 0);
  const responder = new Responder(
    { bind: RECORDER, address: RECORDER_FACE, sipPort: SIP_PORT, rtpPort: RTP_PORT },
    relayed.recorder,
  );
  return standing(relayed, options, { farEnd: responder, api: null });
}

async function standing(
  relayed: RelayedWorld,
  options: SiteOptions,
  {
    farEnd,
    api,
  }: {
    readonly farEnd: { start(): Promise<unknown>; close(): Promise<void> };
    readonly api: RecorderApiReader | null;
  },
): Promise<Site> {
  const { world, relay, recorderProcess, pbx } = relayed;
  relay.setFaults(options.faults ?? {});
  await inTime(world, farEnd.start());
  return {
    ...relayed,
    validate: (changes = {}) =>
      inTime(
        world,
        runValidation({
          options: { ...WANTED, ...changes },
          ports: pbx,
          api: options.hasApi === true ? api : null,
          commit: "test",
          progress: () => undefined,
          stop: new StopSwitch(),
        }),
        LIMIT_MS,
      ),
    close: async () => {
      await inTime(world, farEnd.close());
      await inTime(world, relay.close());
      recorderProcess.crash("process");
    },
  };
}

function recorderAt({ recorderProcess }: RelayedWorld, address: string): Recorder {
  const config = recorderConfig({
    ...{ address, bind: RECORDER, allowLoopback: true },
    ...{ sipPort: SIP_PORT, rtpPort: RTP_PORT, httpPort: 8080 },
    devlink3: { host: PBX_FACE, port: 50_797, user: "recorder", password: "x", tls: false },
    directories: { live: "/live", pools: ["/pool"], state: "/state", log: "/log" },
    ...{ catalogFile: "/catalog.sqlite", changes: {} },
  });
  const checked = checkConfig(config, { environment: {}, baseDirectory: "/" });
  if (!checked.ok) throw new Error(JSON.stringify(checked.problems));
  const ports = { ...recorderProcess.ports, startMediaPlane: virtualMediaPlane(recorderProcess) };
  const onFatal = (error: Error): never => {
    throw error;
  };
  return new Recorder(checked.config, ports, { onFatal });
}

/** Two calls for a minute over UDP; signalling over UDP and TCP. */
export const WANTED: ValidateOptions = {
  target: {
    recorder: {
      ...{ uri: `sip:${RECORDER_FACE}`, user: "recorder", host: RECORDER_FACE },
      ...{ port: SIP_PORT, tlsPort: SIP_PORT + 1, transport: "udp" },
      ...{ transports: ["udp", "tcp"], required: null },
    },
    ...{ ipOffice: null, api: null },
  },
  ...{ calls: 2, minutes: 1.1, rampTo: null, site: null, forSeconds: null },
  ...{ responder: false, localHost: PBX },
};

/** "fail sip.udp.options: …", for what is neither good nor unmeasured. */
export function troubles({ items }: ValidationResult): string[] {
  return items
    .filter(({ verdict }) => verdict === "fail" || verdict === "warn")
    .map(({ verdict, id, measured }) => `${verdict} ${id}: ${measured}`);
}

export function itemOf({ items }: ValidationResult, id: string): ValidationItem {
  const found = items.find((item) => item.id === id);
  if (found === undefined) throw new Error(`no item ${id} in ${items.map((i) => i.id).join(" ")}`);
  return found;
}
