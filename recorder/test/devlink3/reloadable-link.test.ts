// A link made anew by a reload stays one link to its owner.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Link, LinkDelegate } from "../../src/devlink3/link.ts";
import type { LinkState } from "../../src/devlink3/link-state.ts";
import { ReloadableLink } from "../../src/devlink3/reloadable-link.ts";

function state(name: LinkState["name"]): LinkState {
  const unknown = { code: null, detail: null, version: null, flags: null } as const;
  return { name, ...unknown, build: "unknown", hasRecordingControl: false };
}

class FakeLink {
  readonly calls: string[] = [];
  readonly password: string;
  readonly delegate: LinkDelegate;
  readonly closed = Promise.withResolvers<void>();

  constructor(password: string, delegate: LinkDelegate) {
    this.password = password;
    this.delegate = delegate;
  }

  asLink(): Link {
    return {
      pbx: "192.0.2.1",
      start: () => void this.calls.push("start"),
      close: () => {
        this.calls.push("close");
        return this.closed.promise;
      },
      state: () => state("streaming"),
      control: { isAvailable: false } as Link["control"],
      readFile: () => Promise.resolve(new TextEncoder().encode(this.password)),
    };
  }
}

function setUp() {
  const told: string[] = [];
  const made: FakeLink[] = [];
  const note = (text: string) => (): void => void told.push(text);
  const delegate: LinkDelegate = {
    onState: ({ name }) => void told.push(name),
    onStreamBegan: (epoch) => void told.push(`began ${epoch}`),
    onStreamEnded: note("ended"),
    onSnapshotFinished: note("snapshot"),
    onRecord: note("record"),
    onSipTrack: note("track"),
    onRecordingStatus: note("status"),
  };
  const link = new ReloadableLink("old", delegate, (password: string, inner) => {
    const fake = new FakeLink(password, inner);
    made.push(fake);
    return fake.asLink();
  });
  return { told, made, link };
}

test("a changed password: the old link closes, its stream ends, the new one starts with a higher epoch", async () => {
  const { told, made, link } = setUp();
  link.start();
  const [old] = made;
  assert.ok(old);
  old.delegate.onState(state("streaming"));
  old.delegate.onStreamBegan(1);
  old.delegate.onStreamBegan(2);
  const changing = link.change("new");
  old.delegate.onState(state("closed"));
  old.closed.resolve();
  await changing;
  const [, next] = made;
  assert.ok(next);
  assert.deepEqual([old.calls, next.calls, next.password], [["start", "close"], ["start"], "new"]);
  next.delegate.onStreamBegan(1);
  next.delegate.onSnapshotFinished();
  assert.deepEqual(told, ["streaming", "began 1", "began 2", "ended", "began 3", "snapshot"]);
  assert.equal(new TextDecoder().decode((await link.readFile("users")) ?? new Uint8Array()), "new");
});

test("a stream that ends by itself is told once, whatever an older link says of its own", async () => {
  const { told, made, link } = setUp();
  link.start();
  made[0]?.closed.resolve();
  await link.change("new");
  const [old, next] = made;
  next?.delegate.onStreamBegan(1);
  old?.delegate.onStreamEnded();
  assert.deepEqual(told, ["began 1"]);
  next?.delegate.onStreamEnded();
  assert.deepEqual(told, ["began 1", "ended"]);
  made[1]?.closed.resolve();
  await link.change("newer");
  assert.deepEqual(told, ["began 1", "ended"]);
});

test("a link that was refused is tried again; before the start nothing is started", async () => {
  const { told, made, link } = setUp();
  made[0]?.closed.resolve();
  await link.change("new");
  assert.deepEqual(made[1]?.calls, []);
  link.start();
  assert.deepEqual(made[1]?.calls, ["start"]);
  made[1]?.delegate.onState(state("refused"));
  assert.deepEqual(told, ["refused"]);
});

test("closed while it is being changed: the new one is not started", async () => {
  const { made, link } = setUp();
  link.start();
  const changing = link.change("new");
  made[1]?.closed.resolve();
  await link.close();
  made[0]?.closed.resolve();
  await changing;
  assert.deepEqual(made[1]?.calls, ["close"]);
});
