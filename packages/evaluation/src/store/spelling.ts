/**
 * Runs made before the spelling was settled say `randomisation`: the plan's field and options, the name of a metric, the name of
 * a file. They are read as if they said `randomization`; everything is written with a z.
 */
const before = "randomisation";
const now = "randomization";

/** The parsed text of a `plan.json`. */
export function planInCurrentSpelling(plan: unknown): unknown {
  if (!isRecord(plan)) return plan;
  const renamed = keysRenamed(plan);
  if (!isRecord(renamed.options)) return renamed;
  const options = keysRenamed(renamed.options);
  const { metrics } = options;
  return {
    ...renamed,
    options: typeof metrics === "string" ? { ...options, metrics: metrics.replaceAll(before, now) } : options,
  };
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

function keysRenamed(record: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [nameInCurrentSpelling(key), value]),
  );
}
