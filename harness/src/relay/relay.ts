// The seeded relay: it stands between an IP Office and a recorder on real sockets (or in the
// virtual world, which is how it is tested) and does to UDP and TCP what bad networks do. It
// decides with the model of the virtual network. design.md §4; RFC 3550 for what jitter means.
import { RelayDatagrams } from "./relay-datagrams.ts";
import type { RelayFaults, RelayOptions } from "./relay-options.ts";
import { RelayStreams } from "./relay-streams.ts";

export class Relay {
  readonly #datagrams: RelayDatagrams;
  readonly #streams: RelayStreams;
  #faults: RelayFaults = {};

  constructor(options: RelayOptions) {
    this.#datagrams = new RelayDatagrams(options);
    this.#streams = new RelayStreams(options);
  }

  /** Rejects when a port of a party cannot be had on its face. */
  async start(): Promise<void> {
    await this.#datagrams.start();
    await this.#streams.start();
  }

  /** Joined to what is in force; undefined takes a fault back. */
  setFaults(faults: {
    readonly [Name in keyof RelayFaults]?: RelayFaults[Name] | undefined;
  }): void {
    const joined = Object.entries({ ...this.#faults, ...faults });
    this.#faults = Object.fromEntries(joined.filter(([, value]) => value !== undefined));
    this.#datagrams.setFaults(this.#faults);
    this.#streams.setFaults(this.#faults);
  }

  /** While cut, streams stall and datagrams vanish. */
  cut(isCut: boolean): void {
    this.#datagrams.isCut = isCut;
    this.#streams.isCut = isCut;
    this.#streams.wake();
  }

  /** A firewall that drops all but these: the recorder's UDP ports, either's TCP ports. */
  allowOnly(ports: { readonly udp: readonly number[]; readonly tcp: readonly number[] } | null) {
    this.#datagrams.allowedPorts = ports === null ? null : new Set(ports.udp);
    this.#streams.allowedPorts = ports === null ? null : new Set(ports.tcp);
    this.#streams.wake();
  }

  resetStreams(): void {
    this.#streams.resetAll();
  }

  /** Takes all faults back; a NAT's idleness too. */
  heal(): void {
    this.cut(false);
    this.allowOnly(null);
    this.#faults = {};
    this.setFaults({});
  }

  async close(): Promise<void> {
    this.#datagrams.close();
    await this.#streams.close();
  }
}
