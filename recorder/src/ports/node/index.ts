// The real outside world, for the standalone recorder and for the testbed's live mode.
// Package edge: `@tapeline/recorder/ports/node`.
import { resolve } from "node:path";
import type { RecorderPorts } from "../index.ts";
import { nodeCatalog } from "./catalog.ts";
import { nodeClock } from "./clock.ts";
import { nodeDisk, nodeLiveDisk } from "./disk.ts";
import { nodeDriveDisk, type DriveDisk } from "./drive-disk.ts";
import { nodeEncoder } from "./encoder.ts";
import { nodeHttpClient } from "./http-client.ts";
import { nodeListeningEngine, type NodeListeningEngineOptions } from "./listening-engine.ts";
import { nodeLockDirectory } from "./lock.ts";
import { nodeLogSink } from "./log-sink.ts";
import { nodeMediaPlane } from "./media-plane.ts";
import { nodeRandom } from "./random.ts";
import { nodeTcp } from "./tcp.ts";
import { nodeUdp } from "./udp.ts";

export {
  nodeCatalog,
  nodeClock,
  nodeDisk,
  nodeDriveDisk,
  nodeEncoder,
  nodeHttpClient,
  nodeListeningEngine,
  nodeLockDirectory,
  nodeLiveDisk,
  nodeLogSink,
  nodeMediaPlane,
  nodeRandom,
  nodeTcp,
  nodeUdp,
};
export type { DriveDisk } from "./drive-disk.ts";

export interface NodePortsOptions {
  readonly directories: {
    /** catalog.file */
    readonly catalogFile: string;
    /** log.directory */
    readonly log: string;
  };
  /** encoder.command: "auto" or a path. */
  readonly encoderCommand: string;
  /** The media plane's worker file (media/worker.ts). */
  readonly mediaWorkerUrl: URL;
  /** Live audio over WebRTC; absent: none. */
  readonly webRtc?: NodeListeningEngineOptions;
  /** Told of troubles that no call of a port can report (a catalog moved aside). */
  readonly onProblem: (code: "CATALOG_FAILED", detail: string) => void;
}

/** All ports of a real recorder. `close` ends their threads and processes, the log's last. */
export function nodePorts(
  options: NodePortsOptions,
): RecorderPorts & { readonly close: () => Promise<void> } {
  const catalog = nodeCatalog({
    file: options.directories.catalogFile,
    onProblem: options.onProblem,
  });
  const log = nodeLogSink({ directory: options.directories.log });
  const drives = new Map<string, DriveDisk>();
  const clock = nodeClock();
  const listeningEngine =
    options.webRtc === undefined ? null : nodeListeningEngine(options.webRtc, clock);
  return {
    clock,
    ...(listeningEngine === null ? {} : { listeningEngine }),
    random: nodeRandom(),
    udp: nodeUdp(),
    tcp: nodeTcp(),
    disk: nodeDisk(),
    driveDisk(drivePath) {
      const path = resolve(drivePath);
      const drive = drives.get(path) ?? nodeDriveDisk();
      drives.set(path, drive);
      return drive;
    },
    encoder: nodeEncoder({ command: options.encoderCommand }),
    catalog,
    startMediaPlane: nodeMediaPlane(options.mediaWorkerUrl),
    log,
    httpClient: nodeHttpClient(),
    lockDirectory: nodeLockDirectory(),
    async close() {
      await Promise.all([catalog.close(), ...[...drives.values()].map((drive) => drive.close())]);
      await log.close();
    },
  };
}
