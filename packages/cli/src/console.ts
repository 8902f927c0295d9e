import { dressed, type LineKind, terminalOf } from "./terminal.ts";

/** Where the command writes: results to stdout, everything said about them to stderr. */
export interface Console {
  /** Lines of no kind are those of tables and documents, which are never broken. */
  out(line: string, kind?: LineKind): void;
  say(line: string, kind?: LineKind): void;
}

/** Prints a result: its first line, and below it facts, each a name and a text. */
export function outResult(console: Console, [heading, ...facts]: readonly string[]): void {
  if (heading !== undefined) console.out(heading, "heading");
  for (const fact of facts) console.out(fact, "fact");
}

/** A reader may close the pipe early (`onnx-lrp ... | head -1`); what is left to say is then of no use to anyone. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr]) {
    stream.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code !== "EPIPE") throw error;
      process.exit();
    });
  }
}

/**
 * Names come from files: what would steer a terminal, end a line or turn the direction of text becomes a space. Everything
 * that is printed is a line, and goes through here.
 */
export function printable(line: string): string {
  return line.replace(/[^\P{Cc}\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, " ");
}

/** A JSON document, whose line breaks are its own: those of names are escaped. */
export function outJson(console: Console, value: unknown): void {
  for (const line of JSON.stringify(value, undefined, 2).split("\n")) console.out(line);
}

/** A process that is ended from outside says so; what it was writing is removed by `writeFileWhole`. */
export function sayWhenTerminated(): void {
  process.once("SIGTERM", () => {
    processConsole.say("onnx-lrp: terminated (SIGTERM); files that are written are complete.");
    process.exit(143);
  });
}

function write(stream: NodeJS.WriteStream, line: string, kind?: LineKind): void {
  const plain = printable(line);
  stream.write(`${kind === undefined ? plain : dressed(plain, kind, terminalOf(stream))}\n`);
}

export const processConsole: Console = {
  out: (line, kind) => write(process.stdout, line, kind),
  say: (line, kind = "plain") => write(process.stderr, line, kind),
};
