/**
 * Gives the event loop a turn. onnxruntime blocks the thread while it runs, and of runs in a row, only such a turn lets
 * through what else there is: a signal to stop, a message, a page that wants to be drawn.
 */
export function turn(): Promise<void> {
  const { setImmediate } = globalThis as { setImmediate?: (then: () => void) => unknown };
  return new Promise((resolve) => {
    if (setImmediate === undefined) setTimeout(resolve, 0);
    else setImmediate(resolve);
  });
}
