// The links to the IP Offices as the composition root makes them: one an entry of devlink3, each
// with its raw stream in the log; a reload with another password or port makes a link anew.
import type { RecorderConfig } from "./config.ts";
import {
  LinkClient,
  type LinkClientOptions,
  type LinkClientPorts,
} from "./devlink3/link-client.ts";
import type { Link, LinkDelegate } from "./devlink3/link.ts";
import { ReloadableLink } from "./devlink3/reloadable-link.ts";
import type { RecorderLogs } from "./recorder-logs.ts";
import { linkOptions } from "./recorder-options.ts";
import type { TlsStore } from "./tls-files.ts";

export class OfficeLinks {
  readonly #config: RecorderConfig;
  readonly #tls: TlsStore;
  readonly #logs: RecorderLogs;
  readonly #ports: Omit<LinkClientPorts, "log" | "onBytes">;
  /** What is in force, entry by entry. */
  readonly #entries: RecorderConfig["devlink3"][number][];
  readonly #links: ReloadableLink<LinkClientOptions>[] = [];

  constructor(
    config: RecorderConfig,
    ports: Omit<LinkClientPorts, "log" | "onBytes">,
    parts: { readonly tls: TlsStore; readonly logs: RecorderLogs },
  ) {
    this.#config = config;
    this.#entries = [...config.devlink3];
    this.#ports = ports;
    this.#tls = parts.tls;
    this.#logs = parts.logs;
  }

  make(index: number, delegate: LinkDelegate): Link {
    const options = linkOptions(this.#config, index, this.#tls);
    const onBytes = this.#logs.rawStream(options.host);
    const ports = { ...this.#ports, log: this.#logs.server, onBytes };
    const link = new ReloadableLink(
      options,
      delegate,
      (next, inner) => new LinkClient(next, ports, inner),
    );
    this.#links[index] = link;
    return link;
  }

  /** Every link whose port, user or password has changed logs in anew; calls go on. */
  async reload({ devlink3 }: RecorderConfig): Promise<void> {
    for (const [index, link] of this.#links.entries()) {
      const [entry, before] = [devlink3[index], this.#entries[index]];
      if (entry === undefined || before === undefined) continue;
      const { port, user, password } = entry;
      if (port === before.port && user === before.user && password === before.password) continue;
      this.#entries[index] = entry;
      await link.change({ ...linkOptions(this.#config, index, this.#tls), port, user, password });
    }
  }
}
