// The future of the virtual world: a binary heap of events by (time, order of scheduling), so that
// events of the same tick happen in the order in which they were asked for.
// A cancelled event stays in the heap without its action and is swept out when such ones are the
// majority: cancelling costs no search.

export interface ScheduledEvent {
  readonly ticks: number;
  readonly sequence: number;
  /** null once cancelled or done. */
  action: (() => void) | null;
}

/** Below this heap size sweeping is not worth the walk. */
const SWEEP_MINIMUM_EVENTS = 256;

export class EventQueue {
  #heap: ScheduledEvent[] = [];
  #sequence = 0;
  #cancelledCount = 0;
  #poppedTicks = 0;

  /** Events still to happen. */
  get size(): number {
    return this.#heap.length - this.#cancelledCount;
  }

  push(ticks: number, action: () => void): ScheduledEvent {
    const event: ScheduledEvent = { ticks, sequence: this.#sequence, action };
    this.#sequence += 1;
    this.#heap.push(event);
    this.#rise(this.#heap.length - 1);
    return event;
  }

  /** Idempotent; an event that has happened is left alone. */
  cancel(event: ScheduledEvent): void {
    if (event.action === null) return;
    event.action = null;
    this.#cancelledCount += 1;
    if (this.#heap.length > SWEEP_MINIMUM_EVENTS && this.#cancelledCount * 2 > this.#heap.length) {
      this.#sweep();
    }
  }

  /** Takes out the next event and gives what it does, for the caller to do; null = nothing is. */
  pop(): (() => void) | null {
    for (;;) {
      const event = this.#takeFirst();
      if (event === undefined) return null;
      const { action } = event;
      event.action = null;
      if (action !== null) {
        this.#poppedTicks = event.ticks;
        return action;
      }
      this.#cancelledCount -= 1;
    }
  }

  /** The time of the event that was taken out last. */
  get poppedTicks(): number {
    return this.#poppedTicks;
  }

  #takeFirst(): ScheduledEvent | undefined {
    const first = this.#heap[0];
    const last = this.#heap.pop();
    if (last === undefined || first === last) return first;
    this.#heap[0] = last;
    this.#sink(0);
    return first;
  }

  #sweep(): void {
    // A sorted array is a heap.
    this.#heap = this.#heap.filter((event) => event.action !== null).sort(compare);
    this.#cancelledCount = 0;
  }

  #rise(start: number): void {
    const heap = this.#heap;
    const event = heap[start] as ScheduledEvent;
    let index = start;
    while (index > 0) {
      const parentIndex = (index - 1) >> 1;
      const parent = heap[parentIndex] as ScheduledEvent;
      if (compare(parent, event) <= 0) break;
      heap[index] = parent;
      index = parentIndex;
    }
    heap[index] = event;
  }

  #sink(start: number): void {
    const heap = this.#heap;
    const event = heap[start] as ScheduledEvent;
    let index = start;
    for (;;) {
      let childIndex = 2 * index + 1;
      let child = heap[childIndex];
      if (child === undefined) break;
      const right = heap[childIndex + 1];
      if (right !== undefined && compare(right, child) < 0) {
        child = right;
        childIndex += 1;
      }
      if (compare(event, child) <= 0) break;
      heap[index] = child;
      index = childIndex;
    }
    heap[index] = event;
  }
}

function compare(a: ScheduledEvent, b: ScheduledEvent): number {
  return a.ticks - b.ticks || a.sequence - b.sequence;
}
