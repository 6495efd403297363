// RecorderApi over the recorder's services: what HTTP, command line and testbed may ask.
import type { RecorderApi } from "./http/api.ts";
import type { LiveListeners } from "./live/listeners.ts";
import type { Metrics } from "./metrics.ts";
import type { RecorderPorts } from "./ports/index.ts";
import type { Recordings, RecordingView } from "./recording/recordings.ts";
import type { StateFile } from "./storage/state-file.ts";
import type { StorageService } from "./storage/pool-storage.ts";

interface Services {
  readonly metrics: Metrics;
  readonly ports: RecorderPorts;
  readonly recordings: Recordings;
  readonly listeners: LiveListeners;
  readonly storage: StorageService;
  readonly audit: StateFile;
  readonly readiness: RecorderApi["readiness"];
}

export function createApi(services: Services): RecorderApi {
  const { metrics, ports, recordings, listeners, storage, audit, readiness } = services;
  const find = (target: string): RecordingView | undefined =>
    recordings.list().find((view) => view.recordingKey === target || view.liveStreamId === target);
  return {
    metrics,
    readiness,
    activeRecordings: () => recordings.list(),
    drives: () => storage.drives(),
    pendingStores: () => storage.pending(),
    searchRecordings: (query) => ports.catalog.search(query),
    findRecording: (recordingKey) => ports.catalog.get(recordingKey),
    readStored: (row) => ports.driveDisk(row.drive ?? "").readFile(row.path ?? ""),
    pause: (target, action, by) =>
      recordings.pause(find(target)?.recordingKey ?? target, action, { by, via: "api" }),
    listen: (target, sink) => {
      const view = find(target);
      if (view === undefined) return { ok: false, code: "not-found" };
      const added = listeners.add(view.recordingKey, sink);
      if (!added.ok) return { ok: false, code: added.refused };
      return { ok: true, onDrained: () => added.onDrained(), stop: () => added.leave() };
    },
    audit: (entry) =>
      audit.append({
        version: 1,
        at: new Date(ports.clock.wallTimeMs()).toISOString(),
        ...entry,
      }),
  };
}
