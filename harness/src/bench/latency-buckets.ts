// The recorder's histogram of listening latency as /metrics prints it, and quantiles of it: within
// a bucket by its share, as Prometheus reckons. Pure.

/** Each with the number of values at or below its bound. */
export type Buckets = readonly { readonly boundMs: number; readonly count: number }[];

const BUCKET = /^tapeline_listener_latency_milliseconds_bucket\{le="([^"]+)"\} (\d+)$/gm;

export function bucketsOf(metrics: string): Buckets {
  return [...metrics.matchAll(BUCKET)].map(([, bound = "", count]) => ({
    boundMs: bound === "+Inf" ? Infinity : Number(bound),
    count: Number(count),
  }));
}

/** 0 when nothing was counted; beyond the last bound, that bound. */
export function latencyQuantile(buckets: Buckets, share: number): number {
  const total = buckets.at(-1)?.count ?? 0;
  const wanted = total * share;
  let [fromMs, below] = [0, 0];
  for (const { boundMs, count } of buckets) {
    if (count >= wanted && count > below) {
      if (boundMs === Infinity) return fromMs;
      return fromMs + ((boundMs - fromMs) * (wanted - below)) / (count - below);
    }
    [fromMs, below] = [boundMs, count];
  }
  return 0;
}
