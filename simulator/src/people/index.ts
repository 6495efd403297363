// The edge of the swarm: plans, how they are made, and what may go wrong in them.
export { makePlan } from "./make-plan.ts";
export { coverageOf, SITUATIONS, type SwarmCoverage } from "./swarm-coverage.ts";
export {
  NOT_IN_SWARMS,
  NOT_TOGETHER,
  ODDITIES,
  type OdditySide,
  type SwarmOddity,
} from "./swarm-oddities.ts";
export * from "./swarm-plan.ts";
