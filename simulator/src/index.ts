// The simulator as a whole: a seeded virtual world and a simulated IP Office in it.
export * from "./pbx/index.ts";
export * from "./world/index.ts";
