// What a page plays, as numbers: level and place of every report of the player in it, gathered
// while it plays, and the power of what the IP Office really said, to compare.
import assert from "node:assert/strict";
import type { Page } from "@playwright/test";
import { linearFromMuLaw } from "@tapeline/simulator/world";
import type { TruthLeg } from "@tapeline/simulator/pbx";
import { expect, PATIENCE_MS } from "./browser.ts";

const FULL_SCALE = 32_768;
const FRAME_SAMPLES = 160;
const PATIENCE = { timeout: PATIENCE_MS, intervals: [100] };
/** How often a page of a busy machine may miss some of what it is to play. */
const TRIES = 5;

/** One report: the level of what was played up to this sample. */
interface Heard {
  readonly sample: number;
  readonly levelDb: number;
}

/** Begins to gather; the meter of the page must be there. */
async function gather(page: Page): Promise<void> {
  await page.evaluate(`(() => {
    const meter = document.querySelector("[role=meter]");
    window.heard = [];
    window.gathering?.disconnect();
    window.gathering = new MutationObserver(() => {
      const sample = meter.getAttribute("data-sample");
      if (sample === "") return;
      const levelDb = Number(meter.getAttribute("aria-valuenow"));
      window.heard.push({ sample: Number(sample), levelDb });
    });
    window.gathering.observe(meter, { attributeFilter: ["data-sample"] });
  })()`);
}

/** Waits until so many samples were heard; what was gathered. */
async function heardFor(page: Page, samples: number): Promise<readonly Heard[]> {
  const isEnough = `window.heard.length > 1 &&
    window.heard.at(-1).sample - window.heard[0].sample >= ${samples}`;
  await expect.poll(() => page.evaluate<boolean>(isEnough), PATIENCE).toBe(true);
  return page.evaluate<readonly Heard[]>("window.heard");
}

/** Waits until the page plays what lies beyond this sample. */
export async function untilPlayed(page: Page, sample: number): Promise<void> {
  const meter = page.getByRole("meter");
  const isBeyond = async (): Promise<boolean> =>
    Number(await meter.getAttribute("data-sample")) > sample;
  await expect.poll(isBeyond, PATIENCE).toBe(true);
}

/** Level of all that was heard, dBFS. */
function levelOf(heard: readonly Heard[]): number {
  let [energy, samples] = [0, 0];
  for (const [index, { sample, levelDb }] of heard.entries()) {
    const before = heard[index - 1];
    if (before === undefined) continue;
    energy += 10 ** (levelDb / 10) * (sample - before.sample);
    samples += sample - before.sample;
  }
  return 10 * Math.log10(energy / samples);
}

/** Level of what the leg's frames said in the same span of samples, dBFS. */
function spokenLevel({ frames }: TruthLeg, heard: readonly Heard[]): number {
  const [from, to] = [heard[0]?.sample ?? 0, heard.at(-1)?.sample ?? 0];
  const spoken = frames
    .slice(Math.floor(from / FRAME_SAMPLES), Math.ceil(to / FRAME_SAMPLES))
    .flatMap(({ payload }) => [...linearFromMuLaw(payload ?? new Uint8Array(FRAME_SAMPLES))]);
  const squares = spoken.reduce((sum, value) => sum + (value / FULL_SCALE) ** 2, 0);
  return 10 * Math.log10(squares / spoken.length);
}

interface Wanted {
  readonly samples: number;
  readonly toleranceDb: number;
}

/** Resolves with both levels once so many samples sounded as the leg spoke them. */
export function hearsWhatIsSaid(page: Page, leg: TruthLeg, wanted: Wanted): Promise<string> {
  return inOneStretch(page, wanted.samples, (heard) => {
    const [inPage, spoken] = [levelOf(heard), spokenLevel(leg, heard)];
    const told = `level in the page ${inPage.toFixed(1)} dBFS, spoken ${spoken.toFixed(1)}`;
    return { told, isRight: Math.abs(inPage - spoken) <= wanted.toleranceDb };
  });
}

/** The same of one level in every report, as of a tone. */
export function hearsLevel(page: Page, levelDb: number, wanted: Wanted): Promise<string> {
  return inOneStretch(page, wanted.samples, (heard) => {
    const other = heard.find((one) => Math.abs(one.levelDb - levelDb) > wanted.toleranceDb);
    if (other === undefined) return { told: `${levelDb} dB`, isRight: true };
    const told = `${other.levelDb} dB at sample ${other.sample}, not ${levelDb} dB`;
    return { told, isRight: false };
  });
}

/** A page that has no time misses some of what it is to play: the next stretch tells. */
async function inOneStretch(
  page: Page,
  samples: number,
  judge: (heard: readonly Heard[]) => { readonly told: string; readonly isRight: boolean },
): Promise<string> {
  let told = "";
  for (let tries = 0; tries < TRIES; tries += 1) {
    await gather(page);
    const verdict = judge(await heardFor(page, samples));
    ({ told } = verdict);
    if (verdict.isRight) return told;
  }
  return assert.fail(told);
}
