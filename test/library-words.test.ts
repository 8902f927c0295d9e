/** Libraries leave it to the program around them how a user sets an option: their sentences name no flag and no command. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const libraries = ["onnx-loader", "core", "pictures", "node", "evaluation", "report", "network"];

const commandLine =
  /(?<![^\s"'`(])--[a-z]|onnx-lrp (?:explain|inspect|compile|compare|evaluate|tune|summarize|methods|models)\b(?! image)|CONTRIBUTING\.md/;

/** Custom properties of style sheets look like flags. */
const property = /var\(--[a-z-]+(?=[,)])/g;

/** Lines of code, without docstrings and comments. */
function codeLines(text: string): string[] {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)\/\/ .*$/, ""));
}

function named(text: string): string[] {
  return codeLines(text).filter((line) => commandLine.test(line.replaceAll(property, "")));
}

describe("words of the command line", () => {
  test("are found where they are", () => {
    expect(named('throw new UserError("usage", `Say which: --output NAME.`);')).toHaveLength(1);
    expect(named('const rule = `--unknown pass`; // or "--unknown"')).toHaveLength(1);
    expect(named('"... lists them (onnx-lrp inspect --nodes)"')).toHaveLength(1);
    expect(named("/** As `--unknown pass` says. */\n// --unknown\nconst a = b--;")).toEqual([]);
    expect(named('"th{color:var(--small);border-bottom:1px solid var(--line)}"')).toEqual([]);
  });

  test.each(libraries)("are not in %s", (name) => {
    const folder = join(root, "packages", name, "src");
    const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) =>
      file.endsWith(".ts"),
    );
    expect(files.length).toBeGreaterThan(3);
    const found = files.flatMap((file) =>
      named(readFileSync(join(folder, file), "utf8")).map((line) => `${file}: ${line.trim()}`),
    );
    expect(found).toEqual([]);
  });
});
