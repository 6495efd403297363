// The edge of the swarm: plans, how they are made, and what may go wrong in them.
export { makePlan } from "./make-plan.ts";
export { ODDITIES, type OdditySide, type SwarmOddity } from "./swarm-oddities.ts";
export * from "./swarm-plan.ts";
