/** What the front pages print to be typed: commands, programs, and what they say comes out. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

const root = join(import.meta.dirname, "../..");

export interface PrintedCommand {
  /** As it is printed, without what begins as a comment. */
  readonly line: string;
  /** What the page says it prints; undefined where it says nothing. */
  readonly output: string | undefined;
}

export interface Page {
  readonly commands: readonly PrintedCommand[];
  /** Programs in TypeScript and in Python. */
  readonly typescript: readonly string[];
  readonly python: readonly string[];
}

/** @param path from the repository's root */
export function pageAt(path: string): Page {
  const text = readFileSync(join(root, path), "utf8");
  return {
    commands: [...blockCommands(text), ...proseCommands(text)],
    typescript: fenced(text, "ts"),
    python: fenced(text, "python"),
  };
}

function fenced(text: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...text.matchAll(fence)].map(([, code = ""]) => code);
}

/** Of indented blocks; a fenced text that follows one is what its last command prints. */
function blockCommands(text: string): PrintedCommand[] {
  const blocks = text.matchAll(/(?<=\n\n)((?: {4}\S.*\n)+)(?:\n```text\n([\s\S]*?)^```$)?/gm);
  return [...blocks].flatMap(([, block = "", output]) => {
    const lines = block.trimEnd().split("\n").map(withoutComment);
    return lines.map((line, i) => ({ line, output: i === lines.length - 1 ? output : undefined }));
  });
}

function withoutComment(line: string): string {
  return line.replace(/\s{2,}#.*$/, "").trim();
}

/** Of prose: what a reader may copy from between backticks. */
function proseCommands(text: string): PrintedCommand[] {
  const prose = text.replace(/^```[\s\S]*?^```$/gm, "");
  return [...prose.matchAll(/`((?:npx )?onnx-lrp [^`]+)`/g)].map(([, line = ""]) => ({
    line: line.replace(/\n/g, " "),
    output: undefined,
  }));
}
