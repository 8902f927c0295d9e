import { copyFileSync, mkdirSync, readdirSync, readFileSync, watch } from "node:fs";
import { expect, test } from "vitest";
import { enterWithNetwork, launch, stack } from "./shared.ts";

test("Ctrl-C in the middle of a folder ends with 130 and leaves only whole results", async () => {
  enterWithNetwork();
  mkdirSync("photos");
  mkdirSync("maps");
  for (let i = 0; i < 40; i += 1) copyFileSync("dotted-disc.png", `photos/p${i}.png`);
  let sent = false;
  const { code, signal, out, err } = await launch(
    ["explain", "vgg.onnx", "photos", "--out", "maps", "--json"],
    {
      started: (child) => {
        // The figure is an input's last file: after it comes the next input.
        const watcher = watch("maps", (_, name) => {
          if (sent || !name?.endsWith(".sglrp.png")) return;
          sent = true;
          setTimeout(() => child.kill("SIGINT"), 5);
        });
        child.on("close", () => watcher.close());
      },
    },
  );
  expect(sent).toBe(true);
  expect({ code, signal }).toEqual({ code: 130, signal: null });
  expect(err).toMatch(
    /^onnx-lrp: interrupted; \d+ of 40 inputs were explained, and their results are complete\.\n$/,
  );
  expect(err).not.toMatch(stack);
  const { inputs }: { inputs: { figure: string }[] } = JSON.parse(out);
  expect(inputs.length).toBeGreaterThan(0);
  expect(inputs.length).toBeLessThan(40);
  const files = readdirSync("maps");
  expect(files.filter((name) => !name.endsWith(".png"))).toEqual([]);
  expect(files.length).toBe(2 * inputs.length);
  for (const name of files)
    expect(readFileSync(`maps/${name}`).subarray(-8).toString("latin1")).toContain("IEND");
});
