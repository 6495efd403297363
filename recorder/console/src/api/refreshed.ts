// What changes by itself: asked for again and again, never twice at a time, nor while nobody looks.
import { useEffect } from "preact/hooks";
import { api } from "./client.ts";
import { useResource, type Resource } from "./resource.ts";

const USUAL_MS = 5_000;

export function useRefreshed<T>(address: string, everyMs = USUAL_MS): Resource<T> {
  const resource = useResource(address, (signal) => api.get<T>(address, {}, signal));
  const { reload, isLoading } = resource;
  useEffect(() => {
    if (isLoading) return undefined;
    const timer = setInterval(() => {
      if (!document.hidden) reload();
    }, everyMs);
    return () => clearInterval(timer);
  }, [isLoading, reload, everyMs]);
  return resource;
}
