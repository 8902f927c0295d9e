/** Lets asynchronous tasks run one after another, in the order in which they came. */
export function createTurns(): <T>(task: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const next = last.then(task);
    // Whoever asked hears of a failure; the next task runs all the same.
    last = next.catch(() => {});
    return next;
  };
}

/** onnxruntime blocks the thread while it runs; timers, signals and a Ctrl-C get their turn between two inputs. */
export function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
