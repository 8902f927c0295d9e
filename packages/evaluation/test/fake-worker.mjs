// A worker process of a fake run. The payload says what goes wrong, where.
import { closeSync, openSync, writeFileSync } from "node:fs";
import { serveUnits } from "@onnx-lrp/evaluation/internal";
import { UserError } from "@onnx-lrp/onnx-loader";
import { fakeItems, fakeResources } from "./fake-run.mjs";

serveUnits(async ({ count, corrupt, wait, dieAt, dieOnce, dieFirst, leave, refuse }) => {
  if (dieFirst) process.exit(9);
  if (refuse) throw new UserError("model", refuse);
  const atPicture = (place) => {
    if (place !== dieAt) return;
    if (dieOnce !== undefined) {
      try {
        closeSync(openSync(dieOnce, "wx"));
      } catch {
        return; // It died already.
      }
    }
    if (leave !== undefined) writeFileSync(leave, "half a file");
    process.kill(process.pid, "SIGKILL");
  };
  return { items: fakeItems(count), resources: fakeResources({ corrupt, wait, atPicture }) };
});
