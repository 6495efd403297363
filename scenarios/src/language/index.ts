// The scenario language: what a scenario file imports.
export * from "./scenario.ts";
export type { Cell, Matrix } from "./matrix.ts";
export type * from "./story.ts";
export { importedPlan, pinnedPlan, playPlan, playSwarm, swarmSettings } from "./swarm.ts";
