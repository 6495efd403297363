// The media plane in the virtual world: the recorder's own, in-process, behind the same messages,
// which take a seeded moment each way (design.md §4).
import { MediaPlaneService } from "@tapeline/recorder";
import type { MediaPlane, StartMediaPlane } from "@tapeline/recorder/ports";
import type { VirtualProcess } from "@tapeline/simulator/world";

/** Longest way of a message between the two threads. */
const MESSAGE_MS = 2;

export function virtualMediaPlane(process: VirtualProcess): StartMediaPlane {
  return (onEvent): MediaPlane => {
    const { clock, udp, disk, random } = process.ports;
    const plane = new MediaPlaneService({ clock, udp, disk, random }, (event) =>
      process.postDelayed("media event", MESSAGE_MS, () => onEvent(event)),
    );
    return {
      post: (command) =>
        process.postDelayed("media command", MESSAGE_MS, () => plane.post(command)),
      close: () => plane.close(),
    };
  };
}
