/** Values that a Python program wrote with `repr`: what `ast.literal_eval` reads, without complex numbers and bytes. */

export type PythonValue = null | boolean | number | string | readonly PythonValue[] | PythonDict;

/** Keys are kept as they are: 0 is not "0". */
type PythonDict = ReadonlyMap<PythonValue, PythonValue>;

/** Deeper than any description; the parser is recursive. */
const maxDepth = 32;

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  r: "\r",
  t: "\t",
  "0": "\0",
  a: "\x07",
  b: "\b",
  f: "\f",
  v: "\v",
};

/** @returns undefined for a text that is no such value */
export function parsePythonLiteral(text: string): PythonValue | undefined {
  try {
    const parser = new Parser(text);
    const value = parser.value(0);
    return parser.atEnd() ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

class Parser {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  atEnd(): boolean {
    return this.#match(/\s*/y) !== undefined && this.#at === this.#text.length;
  }

  value(depth: number): PythonValue {
    if (depth > maxDepth) throw new SyntaxError("too deep");
    if (this.#take("{")) return this.#dict(depth);
    if (this.#take("[")) return this.#list("]", depth);
    if (this.#take("(")) return this.#list(")", depth);
    const word = this.#match(/\s*(None|True|False)\b/y);
    if (word !== undefined) return word === "None" ? null : word === "True";
    const number = this.#match(/\s*([+-]?(?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/y);
    if (number !== undefined) return Number(number.replaceAll("_", ""));
    return this.#string();
  }

  #dict(depth: number): PythonDict {
    const entries = new Map<PythonValue, PythonValue>();
    while (!this.#take("}")) {
      const key = this.value(depth + 1);
      this.#need(":");
      entries.set(key, this.value(depth + 1));
      if (!this.#take(",")) {
        this.#need("}");
        break;
      }
    }
    return entries;
  }

  #list(end: string, depth: number): PythonValue[] {
    const items: PythonValue[] = [];
    while (!this.#take(end)) {
      items.push(this.value(depth + 1));
      if (!this.#take(",")) {
        this.#need(end);
        break;
      }
    }
    return items;
  }

  #string(): string {
    const quoted = this.#match(/\s*('(?:[^'\\\n]|\\[\s\S])*'|"(?:[^"\\\n]|\\[\s\S])*")/y);
    if (quoted === undefined) throw new SyntaxError("no value");
    return quoted
      .slice(1, -1)
      .replace(
        /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([\s\S]))/g,
        (_, x, u, long, one: string) => {
          const code: string | undefined = x ?? u ?? long;
          if (code === undefined) return escapes[one] ?? one;
          const point = Number.parseInt(code, 16);
          return point > 0x10ffff ? "\uFFFD" : String.fromCodePoint(point);
        },
      );
  }

  #take(sign: string): boolean {
    const start = this.#at;
    this.#match(/\s*/y);
    if (this.#text.startsWith(sign, this.#at)) {
      this.#at += sign.length;
      return true;
    }
    this.#at = start;
    return false;
  }

  #need(sign: string): void {
    if (!this.#take(sign)) throw new SyntaxError(`no ${sign}`);
  }

  /** What a sticky pattern finds here: its group, or all of it. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return undefined;
    this.#at = pattern.lastIndex;
    return found[1] ?? found[0];
  }
}
