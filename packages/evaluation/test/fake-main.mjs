// A fake evaluation that tests kill: FOLDER COUNT WAIT [WORKERS]. Says when it begins. Begins or takes up the run, and writes its summary.
import { runEvaluation, summarize, writeSummary } from "@onnx-lrp/evaluation";
import { openRunFolder, runWorkers } from "@onnx-lrp/evaluation/internal";
import { fakeItems, fakeMetrics, fakePlan, fakeResources } from "./fake-run.mjs";

const [path, count, wait, workers] = process.argv.slice(2);
const items = fakeItems(Number(count));
const folder = await openRunFolder(path, fakePlan(items.length), { resume: true });
process.send?.("ready");
process.channel?.unref();
if (workers === undefined) {
  const resources = fakeResources({ corrupt: [5], wait: Number(wait) });
  await runEvaluation({ folder, items, open: async () => resources });
} else {
  await runWorkers({
    folder,
    workers: Number(workers),
    entry: new URL("fake-worker.mjs", import.meta.url),
    payload: { count: items.length, corrupt: [5], wait: Number(wait) },
  });
}
await writeSummary(path, await summarize(path, { metrics: fakeMetrics, replicates: 50 }));
