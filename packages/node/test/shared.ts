import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { onTestFinished, test } from "vitest";

/** Reference photographs and arrays that lie beside the repository where its developers have them. */
export function sharedPath(path: string): string {
  return fileURLToPath(new URL(`../../../../shared/${path}`, import.meta.url));
}

/** A test that needs the folder `shared` beside the repository; without it, it is skipped under a name that says so. */
export function testWithShared(name: string, body: () => Promise<void>): void {
  if (existsSync(sharedPath(""))) test(name, body);
  else test.skip(`${name} (skipped: there is no folder "shared" beside the repository)`, body);
}

/** A new folder that goes when the test ends. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "onnx-lrp-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
