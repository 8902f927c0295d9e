/** The kit that tests are written with: what it says when a test fails, and that loader's tests can use it. */
import { readdirSync, readFileSync } from "node:fs";
import { UserError } from "@onnx-lrp/onnx-loader";
import { mapOf, withExplainer } from "@onnx-lrp/test-kit/explain";
import { difference } from "@onnx-lrp/test-kit/near";
import { userErrorOf } from "@onnx-lrp/test-kit/user-error";
import { describe, expect, test } from "vitest";

/** What the check says when it fails. */
function failureOf(check: () => void): string {
  try {
    check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new Error("the check passed");
}

describe("toBeNear", () => {
  const oracle = [3, 0, 4];

  test("compares whole maps by their relative distance", () => {
    expect(difference([3, 0.05, 4], oracle)).toBeCloseTo(0.01, 10);
    expect([3, 0.05, 4]).toBeNear(oracle, 0.0101);
    expect([3, 0.05, 4]).not.toBeNear(oracle, 0.0099);
    expect(Float32Array.from(oracle)).toBeNear(oracle, 1e-12);
    expect([0, 0]).toBeNear([0, 0], 1e-12);
  });

  test("says where they differ, the most first", () => {
    expect(failureOf(() => expect([3, 0.05, 5]).toBeNear(oracle, 1e-5))).toBe(
      [
        `relative distance ${difference([3, 0.05, 5], oracle)}, tolerance 0.00001; 2 of 3 elements differ:`,
        "  [2] 5, expected 4",
        "  [1] 0.05, expected 0",
      ].join("\n"),
    );
  });

  test("fails for what is no number, for other lengths and for nothing", () => {
    expect(failureOf(() => expect([3, Number.NaN, 4]).toBeNear(oracle, 1))).toContain("[1] NaN, expected 0");
    expect(failureOf(() => expect([3, 0]).toBeNear(oracle, 1))).toBe("2 elements, expected 3");
    expect(failureOf(() => expect([]).toBeNear([], 1))).toContain("not empty");
  });
});

test("an explainer is released also where a check fails", async () => {
  let released = 0;
  const explainer = {
    release: async () => {
      released += 1;
    },
  };
  expect(await withExplainer(explainer, () => 7)).toBe(7);
  const failing = withExplainer(Promise.resolve(explainer), () => {
    throw new Error("a check");
  });
  await expect(failing).rejects.toThrow("a check");
  expect(released).toBe(2);
});

test("a map that is not there is an error", () => {
  expect(() => mapOf([])).toThrow("no map for picture 0, target 0");
});

test("userErrorOf takes errors for users alone", async () => {
  const error = new UserError("usage", "wrong");
  const fail = (reason: unknown) => (): unknown => {
    throw reason;
  };
  expect(userErrorOf(fail(error))).toBe(error);
  expect(await userErrorOf(() => Promise.reject(error))).toBe(error);
  expect(() => userErrorOf(fail(new TypeError("a fault")))).toThrow("a fault");
  await expect(userErrorOf(() => Promise.reject(new TypeError("a fault")))).rejects.toThrow("a fault");
  expect(() => userErrorOf(() => 7 as unknown)).toThrow("nothing was thrown");
  await expect(userErrorOf(() => Promise.resolve(7))).rejects.toThrow("nothing was thrown");
});

test("what is not about explanations imports the loader alone", () => {
  const folder = new URL("kit/src/", import.meta.url);
  for (const name of readdirSync(folder).filter((file) => file !== "explain.ts")) {
    const text = readFileSync(new URL(name, folder), "utf8");
    const packages = [...text.matchAll(/from "(@onnx-lrp\/[^"]+)"/g)].map(([, specifier]) => specifier);
    expect(packages.filter((specifier) => specifier !== "@onnx-lrp/onnx-loader")).toEqual([]);
    expect(text).not.toMatch(/from "\.\/explain\.ts"/);
  }
});
