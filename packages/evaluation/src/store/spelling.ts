/**
 * Runs made before the spelling was settled say `randomisation`: the plan's field and options, the name of a metric, the name of
 * a file. They are read as if they said `randomization`; everything is written with a z. What is the option `score` now was
 * `watch`, and `of` among a method's parameters.
 */
const before = "randomisation";
const now = "randomization";

/** The parsed text of a `plan.json`. */
export function planInCurrentSpelling(plan: unknown): unknown {
  if (!isRecord(plan)) return plan;
  const renamed = keysRenamed(plan, nameInCurrentSpelling);
  const { methods } = renamed;
  if (Array.isArray(methods)) renamed.methods = methods.map(withScore);
  if (!isRecord(renamed.options)) return renamed;
  const options = keysRenamed(renamed.options, (key) =>
    key === "watch" ? "score" : nameInCurrentSpelling(key),
  );
  const { metrics } = options;
  return {
    ...renamed,
    options: typeof metrics === "string" ? { ...options, metrics: metrics.replaceAll(before, now) } : options,
  };
}

function withScore(method: unknown): unknown {
  if (!isRecord(method) || !isRecord(method.parameters)) return method;
  return { ...method, parameters: keysRenamed(method.parameters, (key) => (key === "of" ? "score" : key)) };
}

/** The name of a metric or of a file. */
export function nameInCurrentSpelling(name: string): string {
  return name.replace(before, now);
}

/** The name that a file had before. */
export function nameInFormerSpelling(name: string): string {
  return name.replace(now, before);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function keysRenamed(
  record: Record<string, unknown>,
  renamed: (key: string) => string,
): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [renamed(key), value]));
}
