/** A bar on a terminal, nothing in a pipe. */
export interface Progress {
  step(name: string): void;
  stop(): void;
}

const silent: Progress = { step: () => {}, stop: () => {} };

export async function startProgress(total: number): Promise<Progress> {
  if (!process.stderr.isTTY || total < 2) return silent;
  const { default: cliProgress } = await import("cli-progress");
  const bar = new cliProgress.SingleBar({
    format: "{bar} {value}/{total} · {eta_formatted} left · {name}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 24,
    clearOnComplete: true,
    hideCursor: true,
    stream: process.stderr,
  });
  bar.start(total, 0, { name: "" });
  return { step: (name) => bar.increment({ name }), stop: () => bar.stop() };
}
