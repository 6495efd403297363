// What the page Now shows: the recorder's four lists, asked for again at every event, and on its
// own now and then, so that a lost connection shows as old, never as empty.
import { useEffect, useRef } from "preact/hooks";
import { api } from "../api/client.ts";
import { isLive, subscribeLive } from "../api/live-events.ts";
import { useResource, type Resource } from "../api/resource.ts";
import type { Monitor } from "../api/types.ts";

/** Events that come soon after another are answered by one question. */
const GATHER_MS = 100;
/** Calls that are not recorded raise no event of a stream. */
const WITH_EVENTS_MS = 2_000;
const WITHOUT_EVENTS_MS = 700;

export function useMonitor(): Resource<Monitor> {
  const monitor = useResource("monitor", (signal) =>
    api.get<Monitor>("/api/v1/monitor", {}, signal),
  );
  const { reload, isLoading } = monitor;
  const loading = useRef(false);
  loading.current = isLoading;
  useEffect(() => {
    let gathering: ReturnType<typeof setTimeout> | undefined;
    let more = false;
    const ask = (): void => {
      // The first one at once: a call is to be seen when it begins.
      more = gathering !== undefined;
      if (more) return;
      reload();
      gathering = setTimeout(() => {
        gathering = undefined;
        if (more) ask();
      }, GATHER_MS);
    };
    const unsubscribe = subscribeLive(ask);
    return () => {
      clearTimeout(gathering);
      unsubscribe();
    };
  }, [reload]);
  useEffect(() => {
    const spanMs = isLive.value ? WITH_EVENTS_MS : WITHOUT_EVENTS_MS;
    const timer = setInterval(() => {
      // A recorder that is slow is not asked twice, nor one whose page nobody sees.
      if (!loading.current && !document.hidden) reload();
    }, spanMs);
    return () => clearInterval(timer);
  }, [reload, isLive.value]);
  return monitor;
}
