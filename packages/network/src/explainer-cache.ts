/** Keeps the explainers of the last calls, since opening one takes longer than to explain with it. */
import type { Explainers } from "./explainers.ts";

/** Each holds a session, with the network's weights in memory. */
const most = 2;

export interface ExplainerCache {
  /** The one that was opened with the same settings, or a new one. */
  get(settings: object, open: () => Promise<Explainers>): Promise<Explainers>;
  release(): Promise<void>;
}

export function createExplainerCache(): ExplainerCache {
  const keyOf = createKeys();
  /** The one that was used last stands last. */
  const opened = new Map<string, Explainers>();
  return {
    async get(settings, open) {
      const key = keyOf(settings);
      const known = opened.get(key);
      opened.delete(key);
      const [oldest] = opened;
      if (known === undefined && oldest !== undefined && opened.size >= most) {
        opened.delete(oldest[0]);
        await oldest[1].release();
      }
      const explainers = known ?? (await open());
      opened.set(key, explainers);
      return explainers;
    },
    async release() {
      const all = [...opened.values()];
      opened.clear();
      for (const explainers of all) await explainers.release();
    },
  };
}

/** Texts for settings: equal plain ones have equal texts, and objects with functions or many numbers stand for themselves. */
function createKeys(): (settings: object) => string {
  const identities = new WeakMap<object, number>();
  let count = 0;
  const identity = (value: object) => {
    const known = identities.get(value) ?? ++count;
    identities.set(value, known);
    return `#${known}`;
  };
  return (settings) =>
    JSON.stringify(
      Object.entries(settings)
        .filter(([, value]) => value !== undefined)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => [name, isPlain(value) ? value : identity(value)]),
    );
}

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return typeof value !== "function";
  return Array.isArray(value) && value.every((item) => typeof item !== "object");
}
