// Which engine carries live audio over WebRTC (http.webrtc of the configuration), and the local
// addresses that it offers: those on which HTTP is to be reached, no others.
import { networkInterfaces } from "node:os";
import type { Clock } from "../clock.ts";
import type { ListeningEngine } from "../listening-engine.ts";
import { loadMediasoup, mediasoupEngine } from "./mediasoup-engine.ts";
import { weriftEngine } from "./werift-engine.ts";

export interface NodeListeningEngineOptions {
  readonly engine: "auto" | "werift" | "mediasoup" | "off";
  readonly ports: readonly [number, number] | null;
  /** http.host */
  readonly httpHost: string;
}

/** null: switched off. */
export function nodeListeningEngine(
  { engine, ports, httpHost }: NodeListeningEngineOptions,
  clock: Clock,
): ListeningEngine | null {
  const options = { hosts: offeredHosts(httpHost), ports };
  switch (engine) {
    case "off":
      return null;
    case "werift":
      return weriftEngine(options, clock);
    case "mediasoup":
      return mediasoupEngine(options);
    case "auto":
      return chosenLater(async () => {
        const library = await loadMediasoup();
        return library === null
          ? weriftEngine(options, clock)
          : mediasoupEngine(options, () => Promise.resolve(library));
      });
  }
}

/** With the first listener it is seen what is installed. */
function chosenLater(choose: () => Promise<ListeningEngine>): ListeningEngine {
  let chosen: Promise<ListeningEngine> | null = null;
  let name = "auto";
  return {
    get name() {
      return name;
    },
    async open(offer, delegate) {
      chosen ??= choose();
      const engine = await chosen;
      ({ name } = engine);
      return engine.open(offer, delegate);
    },
    async close() {
      await (await chosen)?.close();
    },
  };
}

/** IP literals; of a wildcard, every address of this machine, loopback last. */
export function offeredHosts(httpHost: string): readonly string[] {
  if (httpHost === "localhost") return ["127.0.0.1"];
  if (httpHost !== "0.0.0.0" && httpHost !== "::") return [httpHost];
  const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  const usable = all.filter(({ address }) => !address.startsWith("fe80:"));
  const foreign = usable.filter(({ internal }) => !internal);
  return [...foreign, ...usable.filter(({ internal }) => internal)].map(({ address }) => address);
}
