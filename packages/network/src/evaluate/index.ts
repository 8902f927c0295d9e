/** All of an evaluation (see load.ts). */
export { evaluateNetwork } from "./evaluate.ts";
export { reopen } from "./reopen.ts";
export { writeResults } from "./results.ts";
export { runAll } from "./run-all.ts";
export { metricsNamed } from "./setup.ts";
