// The event bus within this process: subscribers are called in order, within `publish`. It stands
// behind the port of ports/event-bus.ts, where a message bus can stand for a second node.
import type { BusEvent, EventBus, Subscription } from "../ports/index.ts";

export class LocalBus implements EventBus {
  readonly #subscribers = new Set<(event: BusEvent) => void>();

  publish(event: BusEvent): void {
    for (const tell of [...this.#subscribers]) tell(event);
  }

  subscribe(onEvent: (event: BusEvent) => void): Subscription {
    // Of its own, so that one function may subscribe twice.
    const tell = (event: BusEvent): void => onEvent(event);
    this.#subscribers.add(tell);
    return { cancel: () => void this.#subscribers.delete(tell) };
  }
}
