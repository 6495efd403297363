// The scenario language: what a scenario file imports.
export * from "./scenario.ts";
export type * from "./story.ts";
