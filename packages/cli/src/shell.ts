/** Command lines to copy, quoted for the shell that they will be pasted into. */

export type Shell = "posix" | "powershell" | "cmd";

/** The shell that the program was started from, as far as its environment shows it; a page, which has none, writes for POSIX. */
export function shellAtHand(
  platform: NodeJS.Platform | undefined = globalThis.process?.platform,
  env: Readonly<Record<string, string | undefined>> = globalThis.process?.env ?? {},
): Shell {
  // On Windows Git Bash and others like it set SHELL, and cmd sets PROMPT.
  if (platform !== "win32" || env.SHELL !== undefined) return "posix";
  return env.PROMPT === undefined ? "powershell" : "cmd";
}

export function shellLine(words: readonly string[], shell: Shell = shellAtHand()): string {
  return words.map((word) => quoted(word, shell)).join(" ");
}

function quoted(word: string, shell: Shell): string {
  switch (shell) {
    case "posix":
      return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
    case "powershell":
      return /^[\w+=:./\\-][\w@%+=:,./\\-]*$/.test(word) ? word : `'${word.replaceAll("'", "''")}'`;
    case "cmd":
      return /^[\w@+:./\\-][\w@+=:./\\-]*$/.test(word) ? word : `"${word.replaceAll('"', '\\"')}"`;
  }
}
