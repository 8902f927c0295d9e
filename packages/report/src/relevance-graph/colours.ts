import type { NodeKind } from "@onnx-lrp/core/internal";

/** How nodes of a kind look: a pale ground for dark text, and a strong colour for border and stripe. */
export interface Look {
  readonly fill: string;
  readonly strong: string;
  /** Whether the border is dashed: relevance does not pass. */
  readonly dashed?: boolean;
}

export const looks: Readonly<Record<NodeKind, Look>> = {
  zbox: { fill: "#f3e6fb", strong: "#8b2fc9" },
  zplus: { fill: "#e1ecfd", strong: "#2563eb" },
  epsilon: { fill: "#d6f3ee", strong: "#0b8577" },
  gamma: { fill: "#dff5e1", strong: "#1f8a3b" },
  "alpha-beta": { fill: "#d8f1fa", strong: "#0782a8" },
  flat: { fill: "#f7ead9", strong: "#a4621b" },
  wsquare: { fill: "#fbe4ef", strong: "#b83280" },
  excitation: { fill: "#f3e3f3", strong: "#732e73" },
  uniform: { fill: "#fbe8dc", strong: "#b4461f" },
  custom: { fill: "#ece9fe", strong: "#5b4bd6" },
  gradient: { fill: "#e6e8fd", strong: "#4450c9" },
  pass: { fill: "#f1f3f5", strong: "#8792a0" },
  route: { fill: "#e4e8ec", strong: "#56626f" },
  winner: { fill: "#eef2cf", strong: "#66711a" },
  signal: { fill: "#fdf3c8", strong: "#8f6c00" },
  gate: { fill: "#ffffff", strong: "#8d97a3", dashed: true },
  unknown: { fill: "#ffe6cf", strong: "#d9620b", dashed: true },
  problem: { fill: "#fddede", strong: "#d11f2f" },
};

export const ends = { fill: "#2b3440", ink: "#ffffff", small: "#c8d0d9" } as const;

export const edgeInks = { relevance: "#5f6b78", gate: "#8d97a3", blocked: "#d11f2f" } as const;
