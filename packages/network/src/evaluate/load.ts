/** Most of an evaluation explains nothing, and is loaded only when it is asked for. */
export function loadEvaluation(): Promise<typeof import("./index.ts")> {
  return import("./index.ts");
}
