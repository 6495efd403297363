// Numbers that the simulated IP Office gives out: CallIDs, end identifiers, SIP Call-IDs.
import type { Random } from "@tapeline/recorder/ports";
import { endIdentifier, type Site } from "./site.ts";

/** Phones, slots and handlers count from here, trunks from the next: as in devlink3.md §10. */
const FIRST_PHONE_END = 0x3f2;
const FIRST_TRUNK_END = 0x2329;
/** Where phones go on when they reach the trunks' numbers. */
const SECOND_PHONE_END = 0x40000000;

export class Identifiers {
  readonly #site: Site;
  readonly #random: Random;
  #callId: number;
  #phoneEnd = FIRST_PHONE_END;
  #trunkEnd = FIRST_TRUNK_END;

  constructor(site: Site, random: Random) {
    this.#site = site;
    this.#random = random;
    this.#callId = site.firstCallId;
  }

  /** The node has restarted: CallIDs and ends are numbered from the beginning again. */
  restart(): void {
    this.#callId = this.#site.firstCallId;
    this.#phoneEnd = FIRST_PHONE_END;
    this.#trunkEnd = FIRST_TRUNK_END;
  }

  callId(): number {
    return this.#callId++;
  }

  /** Numbers are given out for all nodes together; `node` is the one on which the end begins. */
  phoneEnd(node = this.#site.node): string {
    if (this.#phoneEnd === FIRST_TRUNK_END) this.#phoneEnd = SECOND_PHONE_END;
    return endIdentifier(node, this.#phoneEnd++);
  }

  trunkEnd(node = this.#site.node): string {
    return endIdentifier(node, this.#trunkEnd++);
  }

  /** Call-ID of a SIP dialog that `host` began. */
  sipCallId(host: string): string {
    return `${Buffer.from(this.#random.bytes(8)).toString("hex")}@${host}`;
  }
}
