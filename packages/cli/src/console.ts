/** Where the command writes: results to stdout, everything said about them to stderr. */
export interface Console {
  out(line: string): void;
  say(line: string): void;
}

export const processConsole: Console = {
  out: (line) => process.stdout.write(`${line}\n`),
  say: (line) => process.stderr.write(`${line}\n`),
};
