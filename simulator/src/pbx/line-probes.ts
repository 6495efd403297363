// "SIP lines are probed with OPTIONS" (domain.md): the IP Office asks a recorder again and again
// whether it is there, as long as it has a call with it. Below sip-caller.ts.  RFC 3261 §11
import type { Clock, Timer } from "@tapeline/recorder/ports";
import { uriHost } from "../wire/sip-values.ts";
import { LegDialog } from "./leg-dialog.ts";
import type { PbxChance } from "./pbx-chance.ts";
import type { SipTransactions } from "./sip-transactions.ts";
import type { SipTarget } from "./sip-transport.ts";

export interface LineProbesOptions {
  /** null = lines are not probed. */
  readonly everySeconds: number | null;
  readonly clock: Clock;
  readonly transactions: SipTransactions;
  /** There is a call; without one a probe is left out. */
  readonly isBusy: () => boolean;
  readonly chance: () => PbxChance;
  readonly local: (target: SipTarget) => { readonly host: string; readonly port: number };
  readonly violation: (text: string) => void;
}

export class LineProbes {
  /** Answered with a 200. */
  answered = 0;
  readonly #options: LineProbesOptions;
  /** By host, port and transport: the timer of the next probe. */
  readonly #lines = new Map<string, Timer>();

  constructor(options: LineProbesOptions) {
    this.#options = options;
  }

  /** From now on this recorder is probed; once is enough. */
  watch(target: SipTarget): void {
    const key = `${target.transport} ${target.host} ${target.port}`;
    if (this.#options.everySeconds === null || this.#lines.has(key)) return;
    this.#later(key, target, this.#options.everySeconds);
  }

  close(): void {
    for (const timer of this.#lines.values()) timer.cancel();
    this.#lines.clear();
  }

  #later(key: string, target: SipTarget, everySeconds: number): void {
    const timer = this.#options.clock.setTimer("pbx.sip.probe", everySeconds * 1000, () => {
      if (this.#options.isBusy()) this.#probe(target);
      this.#later(key, target, everySeconds);
    });
    this.#lines.set(key, timer);
  }

  #probe(target: SipTarget): void {
    const { chance, local, transactions, violation } = this.#options;
    const own = local(target);
    const transport = target.transport === "udp" ? "" : `;transport=${target.transport}`;
    const die = chance();
    const dialog = new LegDialog({
      callId: `${die.token(24)}@${own.host}`,
      recorderUri: `sip:${uriHost(target.host)}:${target.port}${transport}`,
      extension: "IPOffice",
      target,
      local: own,
      chance: die,
      displayName: null,
    });
    transactions.send(dialog.request("OPTIONS"), target, {
      onResponse: ({ status }) => {
        if (status === 200) this.answered += 1;
        else if (status > 200) violation(`OPTIONS was answered with ${status}`);
      },
      onTimeout: () => undefined,
      onTransportError: () => undefined,
      onAcknowledge: () => true,
      onTerminated: () => undefined,
    });
  }
}
