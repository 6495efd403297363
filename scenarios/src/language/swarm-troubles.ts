// The troubles of a swarm: puts each oddity of the plan into force and out of it again, starts the
// recorder again after a crash, and in the end heals everything.
import { NO_DEVLINK3_ODDITIES, NO_SIP_ODDITIES } from "@tapeline/simulator/pbx";
import type { SwarmFault, SwarmValue } from "@tapeline/simulator/people";
import type { CrashPoint, DatagramFaults, StreamFaults } from "@tapeline/simulator/world";
import type { Story } from "./story.ts";

/** A recorder that could not start is started again, as by systemd. */
const AGAIN_MS = 2_000;
const START_LIMIT_SECONDS = 60;

interface Switch {
  readonly begin: (value: SwarmValue) => void | Promise<void>;
  readonly end: (value: SwarmValue) => void;
}

export class SwarmTroubles {
  readonly #story: Story;
  readonly #inForce = new Set<string>();
  readonly #switches: Readonly<Record<string, Switch>>;
  /** Counts the recorder's lives: what was asked in an earlier one is never answered. */
  life = 0;
  isReady = true;
  #startsAtMs: number | null = null;
  #nowMs = 0;

  constructor(story: Story) {
    this.#story = story;
    this.#switches = switchesOf(story, (kind) => this.#crash(kind));
  }

  inForce(): readonly string[] {
    return [...this.#inForce];
  }

  async begin({ what, value, fromMs, toMs }: SwarmFault): Promise<void> {
    this.#story.note(`${what} ${JSON.stringify(value)}`);
    this.#inForce.add(what);
    // A crash ends with the start of the next process.
    if (what.startsWith("crash.")) this.#startsAtMs = toMs;
    await this.#switchOf(what).begin(value);
    if (toMs === fromMs) await this.look(fromMs);
  }

  end({ what, value }: SwarmFault): Promise<void> {
    this.#inForce.delete(what);
    this.#switchOf(what).end(value);
    return Promise.resolve();
  }

  /** Starts the recorder again when its time has come. */
  look(nowMs: number): Promise<void> {
    this.#nowMs = nowMs;
    if (!this.#story.recorder.isUp() && this.isReady) {
      this.isReady = false;
      this.life += 1;
    }
    const isDue = this.#startsAtMs !== null && nowMs >= this.#startsAtMs;
    if (isDue && !this.#story.recorder.isUp()) this.#start();
    return Promise.resolve();
  }

  async heal(): Promise<void> {
    const { oddities, world, recorder } = this.#story;
    this.#story.note("everything heals");
    Object.assign(oddities.sip, NO_SIP_ODDITIES);
    Object.assign(oddities.devlink3, NO_DEVLINK3_ODDITIES);
    world.heals();
    this.#inForce.clear();
    await this.look(this.#nowMs);
    if (!recorder.isUp()) this.#start();
    await this.#story.until("the recorder is up again", () => this.isReady, START_LIMIT_SECONDS);
  }

  #switchOf(what: string): Switch {
    const found = this.#switches[what];
    if (found !== undefined) return found;
    throw new Error(`there is no oddity ${what}`);
  }

  async #crash(kind: "process" | "power"): Promise<void> {
    if (!this.#story.recorder.isUp()) return;
    this.isReady = false;
    this.life += 1;
    await this.#story.recorder.crashes(kind);
  }

  /** Does not wait: with a frozen disk a start takes as long as that. */
  #start(): void {
    this.#startsAtMs = null;
    const { life } = this;
    this.#story.recorder.restarts().then(
      () => {
        if (life === this.life) this.isReady = true;
      },
      (error: Error) => {
        if (life !== this.life) return;
        this.#story.note(`the recorder does not start: ${error.message}`);
        this.#startsAtMs = this.#nowMs + AGAIN_MS;
        void this.#crash("process");
      },
    );
  }
}

function switchesOf(
  story: Story,
  crash: (kind: "process" | "power") => Promise<void>,
): Readonly<Record<string, Switch>> {
  const { world, oddities } = story;
  const nothing = (): void => undefined;
  const index = (value: SwarmValue): number => Number(value);
  return {
    ...pbxSwitches("sip", { ...NO_SIP_ODDITIES }, oddities.sip),
    ...pbxSwitches("devlink3", { ...NO_DEVLINK3_ODDITIES }, oddities.devlink3),
    "network.datagrams": {
      begin: (value) => world.loses(value as DatagramFaults),
      end: () => world.loses({}),
    },
    "network.streams": {
      begin: (value) => world.cutsStreams(value as StreamFaults),
      end: () => world.cutsStreams({}),
    },
    "network.reset": { begin: () => world.loses({ link: true }), end: nothing },
    "network.separated": {
      begin: () => world.separates(true),
      end: () => world.separates(false),
    },
    "disk.liveSlow": {
      begin: (value) => world.slowsLiveDisk(Number(value)),
      end: () => world.healsLiveDisk(),
    },
    "disk.liveFrozen": {
      begin: () => world.freezesLiveDisk(),
      end: () => world.healsLiveDisk(),
    },
    "disk.driveFull": {
      begin: (value) => world.driveSpace(0, Number(value)),
      end: () => world.healsDrive(0),
    },
    "disk.driveFrozen": {
      begin: (value) => world.freezesDrive(index(value)),
      end: (value) => world.healsDrive(index(value)),
    },
    "disk.driveLost": {
      begin: (value) => world.losesDrive(index(value)),
      end: (value) => world.healsDrive(index(value)),
    },
    "crash.process": { begin: () => crash("process"), end: nothing },
    "crash.power": { begin: () => crash("power"), end: nothing },
    "crash.atDiskCall": { begin: (value) => crashAt(story, value), end: nothing },
    "clock.step": {
      begin: (value) => world.stepsClock(Number(value)),
      end: nothing,
    },
  };
}

function crashAt(story: Story, value: SwarmValue): void {
  const { kind, ...point } = value as unknown as CrashPoint & {
    readonly kind: "process" | "power";
  };
  story.world.crashesAtDiskCall(point, kind);
}

/** One for each switch of the PBX, by the name that it has there. */
function pbxSwitches<T extends object>(
  side: string,
  none: T,
  oddities: T,
): Readonly<Record<string, Switch>> {
  const switches = Object.entries(none).map(([name, usual]): [string, Switch] => [
    `${side}.${name}`,
    {
      begin: (value) => void Object.assign(oddities, { [name]: value }),
      end: () => void Object.assign(oddities, { [name]: usual as unknown }),
    },
  ]);
  return Object.fromEntries(switches);
}
