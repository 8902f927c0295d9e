/** The command as a process: signals, pipes, the system's language. */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, watch } from "node:fs";
import { expect, test } from "vitest";
import { binary, enterWithNetwork, launch, stack } from "./shared.ts";

test("Ctrl-C while a file is written ends with 130, a sentence and the JSON document", async () => {
  enterWithNetwork();
  mkdirSync("photos");
  mkdirSync("maps");
  for (let i = 0; i < 20; i += 1) copyFileSync("dotted-disc.png", `photos/p${i}.png`);
  let sent = false;
  const { code, signal, out, err } = await launch(
    ["explain", "vgg.onnx", "photos", "--out", "maps", "--json"],
    {
      started: (child) => {
        const watcher = watch("maps", (_, name) => {
          if (sent || !name?.endsWith(".tmp")) return;
          sent = true;
          child.kill("SIGINT");
        });
        child.on("close", () => watcher.close());
      },
    },
  );
  expect(sent).toBe(true);
  expect({ code, signal }).toEqual({ code: 130, signal: null });
  expect(err).toContain("interrupted");
  expect(JSON.parse(out)).toHaveProperty("inputs");
  expect(readdirSync("maps").filter((name) => name.endsWith(".tmp"))).toEqual([]);
});

test("a reader that closes the pipe early (onnx-lrp inspect ... | head -1) sees no stack trace", async () => {
  enterWithNetwork();
  const child = spawn(process.execPath, [binary, "inspect", "vgg.onnx"]);
  let err = "";
  child.stderr.on("data", (data) => {
    err += String(data);
  });
  child.stdout.destroy();
  await new Promise((resolve) => child.on("close", resolve));
  expect(err).not.toMatch(stack);
});

test("the command speaks one language, whatever the system's is", async () => {
  const german = { LC_ALL: "de_DE.UTF-8", LANG: "de_DE.UTF-8" };
  const [here, there] = await Promise.all([launch(["explain"]), launch(["explain"], { env: german })]);
  expect(there.err).toBe(here.err);
  expect(here.err).toContain("Missing: <model>");
});
