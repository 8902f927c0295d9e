/** Lines as a terminal shows them: in colours, and broken between words where they are longer than it is wide. */
import { styleText } from "node:util";

/** What a line is: a result's first line, a named fact under it, an error, or neither. */
export type LineKind = "heading" | "fact" | "error" | "plain";

/** Where a line goes. */
interface Terminal {
  /** How wide it is; undefined for a file or a pipe, whose lines stay as they are. */
  readonly columns: number | undefined;
  /** Dresses text in a style, or leaves it as it is. */
  readonly style: (style: "bold" | "cyan" | "red", text: string) => string;
}

/** Narrower terminals break lines themselves. */
const narrowest = 40;

/** @param line without control characters */
export function dressed(line: string, kind: LineKind, { columns, style }: Terminal): string {
  const [, indent = "", name = "", gap = ""] = /^( *)(?:(\S+)( {2,}))?/.exec(line) ?? [];
  const hanging = kind === "fact" ? indent.length + name.length + gap.length : indent.length;
  const lines = columns === undefined || columns < narrowest ? [line] : broken(line, columns, hanging);
  return lines
    .map((text, i) => (i === 0 ? first(text, kind, style) : kind === "heading" ? style("bold", text) : text))
    .join("\n");
}

function first(text: string, kind: LineKind, style: Terminal["style"]): string {
  switch (kind) {
    case "heading":
      return style("bold", text);
    case "fact":
      return text.replace(
        /^( *)(\S+)(?= {2})/,
        (_, indent: string, name: string) => indent + style("cyan", name),
      );
    case "error":
      return text.replace(/^onnx-lrp:/, (name) => style("bold", style("red", name)));
    case "plain":
      return text;
  }
}

/** A line in several of at most `columns`, those after the first behind an indent; words stay whole. */
function broken(line: string, columns: number, hanging: number): string[] {
  const lines: string[] = [];
  let rest = line;
  while (rest.length > columns) {
    const from = lines.length === 0 ? hanging : 0;
    let at = rest.lastIndexOf(" ", columns);
    if (at <= from) at = rest.indexOf(" ", Math.max(columns, from));
    if (at === -1) break;
    lines.push(rest.slice(0, at).trimEnd());
    rest = " ".repeat(hanging) + rest.slice(at).trimStart();
    if (rest.trim() === "") return lines;
    // Only the indent is left before a word that is longer than a line.
    if (rest.indexOf(" ", hanging) === -1) break;
  }
  return [...lines, rest];
}

/** NO_COLOR, FORCE_COLOR and whether it is a terminal are heeded by Node.js. */
export function terminalOf(stream: NodeJS.WriteStream): Terminal {
  return {
    columns: stream.isTTY ? stream.columns : undefined,
    style: (style, text) => styleText(style, text, { stream }),
  };
}
