/** What `pnpm fuzz` found: each case ends in a result or in a sentence since. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { type Case, drawCase, perform } from "./fuzz/src/case.ts";
import { kinds } from "./fuzz/src/kinds/index.ts";

const folder = new URL("./regressions/", import.meta.url);
const found = readdirSync(folder).filter((name) => name.endsWith(".json"));

async function endingOf(one: Case) {
  const own = mkdtempSync(join(tmpdir(), "onnx-lrp-regression-"));
  try {
    return await perform(one, own);
  } finally {
    rmSync(own, { recursive: true, force: true });
  }
}

test.each(found)("%s", async (name) => {
  const one: Case = JSON.parse(readFileSync(new URL(name, folder), "utf8"));
  expect(await endingOf(one)).not.toHaveProperty("detail");
});

test.each(Object.keys(kinds))(
  "the same %s are drawn from the same numbers, and end in a result or in a sentence",
  async (kind) => {
    expect(drawCase(kind, 7, 3)).toEqual(drawCase(kind, 7, 3));
    for (let index = 0; index < 3; index += 1)
      expect(await endingOf(drawCase(kind, 7, index))).not.toHaveProperty("detail");
  },
);
