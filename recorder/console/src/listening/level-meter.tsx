// How loud it is, from the samples that were really played: a bar for the eyes, a meter for screen
// readers, −60 to 0 dBFS.
import { useSignalEffect } from "@preact/signals";
import { useRef } from "preact/hooks";
import { report } from "./listening.ts";

const FLOOR_DB = -60;

export function LevelMeter() {
  const meter = useRef<HTMLDivElement>(null);
  useSignalEffect(() => {
    const levelDb = report.value?.levelDb ?? -96;
    const share = Math.min(1, Math.max(0, 1 - levelDb / FLOOR_DB));
    // Set directly: twenty times a second is too often for a component.
    meter.current?.style.setProperty("--level", share.toFixed(3));
    meter.current?.setAttribute("aria-valuenow", levelDb.toFixed(1));
    meter.current?.setAttribute("data-sample", String(report.value?.sample ?? ""));
  });
  return (
    <div
      ref={meter}
      class="level"
      role="meter"
      aria-label="Level"
      aria-valuemin={-96}
      aria-valuemax={0}
      aria-valuenow={-96}
    >
      <span />
    </div>
  );
}
