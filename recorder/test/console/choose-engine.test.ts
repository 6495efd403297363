// R5: which engine a page listens with.
import assert from "node:assert/strict";
import { test } from "node:test";
import {
  BAD_LINE_FRAMES,
  chooseEngine,
  type Experience,
} from "../../console/src/listening/choose-engine.ts";

const GOOD: Experience = {
  wanted: null,
  lostFrames: 0,
  isWebRtcRefused: false,
  hasWebRtc: true,
};

test("WebSocket first; WebRTC after a line that lost frames, and where it is wanted", () => {
  assert.equal(chooseEngine("now", GOOD), "websocket");
  const bad = { ...GOOD, lostFrames: BAD_LINE_FRAMES };
  assert.equal(chooseEngine("now", bad), "webrtc");
  assert.equal(chooseEngine("now", { ...bad, wanted: "websocket" }), "websocket");
  assert.equal(chooseEngine("now", { ...GOOD, wanted: "webrtc" }), "webrtc");
  assert.equal(chooseEngine("now", { ...GOOD, wanted: "carrier pigeon" }), "websocket");
});

test("the beginning is heard over WebSocket; so is all where WebRTC is not to be had", () => {
  const wanted = { ...GOOD, wanted: "webrtc", lostFrames: 1_000 };
  assert.equal(chooseEngine("beginning", wanted), "websocket");
  assert.equal(chooseEngine("now", { ...wanted, isWebRtcRefused: true }), "websocket");
  assert.equal(chooseEngine("now", { ...wanted, hasWebRtc: false }), "websocket");
});
