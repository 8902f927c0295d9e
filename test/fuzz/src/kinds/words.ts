/** Command lines, with the options that each command's help lists. */
import { join } from "node:path";
import fc from "fast-check";
import { command, network, pictureFile } from "../command.ts";
import { integer, name, number } from "../hostile-values.ts";
import type { Kind } from "../kind.ts";

const commands = [
  "explain",
  "inspect",
  "compile",
  "compare",
  "evaluate",
  "tune",
  "summarize",
  "methods",
  "models",
];

type Edit =
  | { readonly what: "command"; readonly index: number; readonly there: boolean }
  | {
      readonly what: "option";
      readonly index: number;
      readonly value: string | null;
      readonly glued: boolean;
    }
  | { readonly what: "word"; readonly word: string };

/** Commands write where they are told to: not outside of a case's folder. */
const inside = (text: string) => (/^[/~]|\.\.|:/.test(text) ? "x" : text);

const value = fc.option(
  fc.oneof(
    name.map(inside),
    integer,
    number,
    fc.constantFrom("top", "top:3", "224", "cpu,cuda", "zplus", "true", "sglrp@epsilon=1e999"),
  ),
  { nil: null, freq: 6 },
);

const optionsOf = new Map<string, Promise<readonly string[]>>();

async function listOptions(of: string): Promise<readonly string[]> {
  const { out } = await command([of, "--help"]);
  const found = [...out.matchAll(/^\s+(?:-\w, )?--([\w-]+)/gm)].map(([, option = ""]) => option);
  return found.filter((option) => option !== "help" && option !== "version");
}

export const words: Kind<Edit> = {
  edits: fc
    .tuple(
      fc.record({
        what: fc.constant("command" as const),
        index: fc.nat(commands.length - 1),
        there: fc.boolean(),
      }),
      fc.array(
        fc.oneof(
          {
            weight: 5,
            arbitrary: fc.record({
              what: fc.constant("option" as const),
              index: fc.nat(80),
              value,
              glued: fc.boolean(),
            }),
          },
          { weight: 1, arbitrary: fc.record({ what: fc.constant("word" as const), word: name.map(inside) }) },
        ),
        { minLength: 1, maxLength: 4 },
      ),
    )
    .map(([first, rest]) => [first, ...rest]),
  async run(edits, folder) {
    const [first] = edits;
    const { index, there } = first?.what === "command" ? first : { index: 0, there: false };
    const name = commands[index] ?? "explain";
    const known = optionsOf.get(name) ?? listOptions(name);
    optionsOf.set(name, known);
    const options = await known;
    const given = edits.flatMap((edit): string[] => {
      if (edit.what === "word") return [edit.word];
      if (edit.what === "command") return [];
      const flag = `--${options[edit.index % options.length] ?? "out"}`;
      if (edit.value === null) return [flag];
      return edit.glued ? [`${flag}=${edit.value}`] : [flag, edit.value];
    });
    // A missing network shows most of what can be wrong with the words, and costs nothing.
    const net = there ? network : join(folder, "none.onnx");
    const own: Record<string, readonly string[]> = {
      inspect: [net],
      compile: [net, "-o", join(folder, "c.onnx")],
      summarize: [folder],
      methods: [],
      models: [],
      evaluate: [net, join(folder, "none.csv")],
      tune: [net, join(folder, "none.csv")],
    };
    const before = process.cwd();
    process.chdir(folder);
    try {
      const { said } = await command([name, ...(own[name] ?? [net, pictureFile]), ...given]);
      if (/in onnx-lrp itself/.test(said)) throw new Error(said);
      if (said.length > 20_000) throw new Error(`${said.length} characters were said`);
    } finally {
      process.chdir(before);
    }
  },
};
