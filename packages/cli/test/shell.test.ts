import { expect, test } from "vitest";
import { shellAtHand, shellLine } from "../src/shell.ts";

const words = ["onnx-lrp", "explain", "my net.onnx", "--target", "o'clock", "--methods", "sglrp,lrp", "@a"];

test("a command line is quoted as the shell takes it", () => {
  expect(shellLine(words, "posix")).toBe(
    String.raw`onnx-lrp explain 'my net.onnx' --target 'o'\''clock' --methods sglrp,lrp @a`,
  );
  expect(shellLine(words, "powershell")).toBe(
    "onnx-lrp explain 'my net.onnx' --target 'o''clock' --methods sglrp,lrp '@a'",
  );
  expect(shellLine(words, "cmd")).toBe(
    `onnx-lrp explain "my net.onnx" --target "o'clock" --methods "sglrp,lrp" @a`,
  );
});

test("paths of Windows need no quotes there, and need them in Git Bash", () => {
  const path = String.raw`C:\nets\a.onnx`;
  expect(shellLine([path], "powershell")).toBe(path);
  expect(shellLine([path], "cmd")).toBe(path);
  expect(shellLine([path], "posix")).toBe(`'${path}'`);
});

test("the shell at hand shows in the environment", () => {
  expect(shellAtHand("linux", {})).toBe("posix");
  expect(shellAtHand("win32", { PROMPT: "$P$G" })).toBe("cmd");
  expect(shellAtHand("win32", { PSModulePath: "C:" })).toBe("powershell");
  expect(shellAtHand("win32", { SHELL: "/usr/bin/bash", PROMPT: "$P$G" })).toBe("posix");
});
