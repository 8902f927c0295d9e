/** Where the command writes: results to stdout, everything said about them to stderr. */
export interface Console {
  out(line: string): void;
  say(line: string): void;
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

/** Names come from files: what would steer a terminal, or turn the direction of text, becomes a space. */
function printable(line: string): string {
  return line.replace(/[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069]/gu, " ");
}

export const processConsole: Console = {
  out: (line) => process.stdout.write(`${printable(line)}\n`),
  say: (line) => process.stderr.write(`${printable(line)}\n`),
};
