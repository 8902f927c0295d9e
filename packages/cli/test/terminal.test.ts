/** Lines as a terminal shows them, and what is left of them in a pipe. */
import { spawnSync } from "node:child_process";
import { expect, test } from "vitest";
import { dressed, type LineKind } from "../src/terminal.ts";
import { binary } from "./shared.ts";

const marked = { style: (style: string, text: string) => `<${style}>${text}</>` };
const wide = (line: string, kind: LineKind) => dressed(line, kind, { columns: 200, ...marked });
const narrow = (line: string, kind: LineKind) =>
  dressed(line, kind, { columns: 44, style: (_, text) => text });

test("names of facts, headings and errors have a style", () => {
  expect(wide("  predicts   zebra 91.1 %", "fact")).toBe("  <cyan>predicts</>   zebra 91.1 %");
  expect(wide("zebra.jpg", "heading")).toBe("<bold>zebra.jpg</>");
  expect(wide("onnx-lrp: no", "error")).toBe("<bold><red>onnx-lrp:</></> no");
  expect(wide("  predicts   zebra", "plain")).toBe("  predicts   zebra");
});

test("lines are broken between words, below their text, and paths stay whole", () => {
  expect(
    narrow(
      "  explains   zebra (class 340, 91.1 %, logit 27.17): maps/zebra.sglrp.340-zebra-and-more.png",
      "fact",
    ),
  ).toBe(
    [
      "  explains   zebra (class 340, 91.1 %, logit",
      "             27.17):",
      "             maps/zebra.sglrp.340-zebra-and-more.png",
    ].join("\n"),
  );
  const sentence = "The model does not say how it was trained: pictures are preprocessed as imagenet.";
  const lines = narrow(sentence, "plain").split("\n");
  expect(lines.every((line) => line.length <= 44)).toBe(true);
  expect(lines.join(" ")).toBe(sentence);
});

test("in a pipe lines stay as they are", () => {
  const line = `  picture    ${"long ".repeat(40)}`;
  expect(dressed(line, "fact", { columns: undefined, style: (_, text) => text })).toBe(line);
  expect(dressed(line, "fact", { columns: 20, style: (_, text) => text })).toBe(line);
});

test.each([
  [{ FORCE_COLOR: "1" }, true],
  [{}, false],
  [{ NO_COLOR: "1" }, false],
])("with %j colours in a pipe: %s", (env, coloured) => {
  const { NO_COLOR: _, FORCE_COLOR: __, ...rest } = process.env;
  const { stderr, status } = spawnSync(process.execPath, [binary, "explian"], {
    env: { ...rest, ...env },
    encoding: "utf8",
  });
  expect(status).toBe(2);
  expect(stderr.includes("\u001b[")).toBe(coloured);
  expect(stderr).toContain('There is no command "explian"; did you mean explain?');
});
