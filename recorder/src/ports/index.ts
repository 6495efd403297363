// The recorder's outside world, as interfaces. Nothing here runs.
import type { Catalog } from "./catalog.ts";
import type { Clock } from "./clock.ts";
import type { Disk } from "./disk.ts";
import type { Encoder } from "./encoder.ts";
import type { EventBus } from "./event-bus.ts";
import type { HttpClient } from "./http-client.ts";
import type { ListeningEngine } from "./listening-engine.ts";
import type { LockDirectory } from "./lock.ts";
import type { LogSink } from "./log-sink.ts";
import type { StartMediaPlane } from "./media-plane.ts";
import type { Random } from "./random.ts";
import type { Tcp } from "./tcp.ts";
import type { Udp } from "./udp.ts";

export type * from "./catalog.ts";
export type * from "./clock.ts";
export type * from "./disk.ts";
export type * from "./encoder.ts";
export type * from "./event-bus.ts";
export type * from "./http-client.ts";
export type * from "./listening-engine.ts";
export type * from "./lock.ts";
export type * from "./log-sink.ts";
export type * from "./media-plane.ts";
export type * from "./random.ts";
export type * from "./tcp.ts";
export type * from "./udp.ts";

/** All that a Recorder needs of the world. */
export interface RecorderPorts {
  readonly clock: Clock;
  readonly random: Random;
  readonly udp: Udp;
  readonly tcp: Tcp;
  /** State files, live directory scans. */
  readonly disk: Disk;
  /** A pool drive's own disk: its calls never queue behind another drive's, nor behind `disk`. */
  readonly driveDisk: (drivePath: string) => Disk;
  readonly encoder: Encoder;
  readonly catalog: Catalog;
  readonly startMediaPlane: StartMediaPlane;
  readonly log: LogSink;
  /** Live audio over WebRTC; absent: over WebSocket only. */
  readonly listeningEngine?: ListeningEngine;
  /** Where live events are announced; absent: within this process only. */
  readonly eventBus?: EventBus;
  /** Outgoing HTTP: webhooks. */
  readonly httpClient: HttpClient;
  /** Keeps a second recorder off a directory. */
  readonly lockDirectory: LockDirectory;
}
