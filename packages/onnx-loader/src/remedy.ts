/**
 * What a user can do about an error, as data. Libraries know options and names; how a user sets an option (a field in
 * TypeScript, a flag, a button) is known to the program around them, which words the remedies for itself.
 */

/** A value that an option can be set to. */
export type OptionValue = string | number;

/** What a user can do about an error, as data that each program words for its own users. */
export type Remedy =
  /** Anything outside of the program, as a command without a full stop: `export the model again`. */
  | { readonly kind: "text"; readonly text: string }
  /** Set an option, by its name in TypeScript. */
  | {
      readonly kind: "option";
      readonly option: string;
      /** Any of them helps; left out, it is for the user to know. */
      readonly values?: readonly OptionValue[] | undefined;
      /** More about it, to follow a comma: `which needs no rules`. */
      readonly note?: string | undefined;
    }
  /** Leave an option out. */
  | { readonly kind: "omit"; readonly option: string }
  /** Look at the network before choosing; this cures nothing by itself. */
  | {
      readonly kind: "inspect";
      /** Whether to list every node. */
      readonly nodes?: boolean | undefined;
      /** What there is to see, after "to": `list all layers`. */
      readonly purpose: string;
    }
  /** Explain pictures with the method; it cannot be inspected or compiled. */
  | { readonly kind: "explain" }
  /** Add a rule for the operation that the error is about. */
  | { readonly kind: "add-operator" };

/** A remedy in words: an imperative without a capital and a full stop, such as "give the whole file". */
export function textRemedy(text: string): Remedy {
  return { kind: "text", text };
}

/** For a model file that is damaged, or of another kind than it seems. */
export const obtainAgain: Remedy = textRemedy("export or download it again");

/** How a program words what its users can do: each a command without a full stop. */
export interface RemedyWording {
  /** @param values at least one, or undefined where it is for the user to know */
  readonly setOption: (option: string, values: readonly OptionValue[] | undefined) => string;
  readonly omitOption: (option: string) => string;
  readonly inspect: (nodes: boolean) => string;
  readonly explain: string;
  readonly addOperator: string;
}

/** For users of the libraries: options by their names in TypeScript. */
export const libraryWording: RemedyWording = {
  setOption: (option, values) =>
    `set the option ${option}${values === undefined ? "" : ` to ${anyOf(values.map((value) => JSON.stringify(value)))}`}`,
  omitOption: (option) => `leave out the option ${option}`,
  inspect: () => "inspect the network",
  explain: "create an explainer with it",
  addOperator: "register a rule for the operation",
};

/**
 * Sentences that say what to do, such as "To fix this: export the network again; or set the option unknown to "pass"."
 *
 * @returns "" for no remedies
 */
export function renderRemedies(remedies: readonly Remedy[], wording: RemedyWording = libraryWording): string {
  const cures = remedies.filter(({ kind }) => kind !== "inspect").map((remedy) => command(remedy, wording));
  const looks = remedies.filter(({ kind }) => kind === "inspect").map((remedy) => command(remedy, wording));
  const [only] = cures;
  const sentences = looks.map((look) => `${capitalize(look)}.`);
  if (only === undefined) return sentences.join(" ");
  if (cures.length === 1) return [`${capitalize(only)}.`, ...sentences].join(" ");
  const cure = `To fix this: ${cures.slice(0, -1).join("; ")}; or ${cures.at(-1)}.`;
  return [cure, ...sentences].join(" ");
}

function command(remedy: Remedy, wording: RemedyWording): string {
  switch (remedy.kind) {
    case "text":
      return remedy.text;
    case "option": {
      const { option, values, note } = remedy;
      return `${wording.setOption(option, values)}${note === undefined ? "" : `, ${note}`}`;
    }
    case "omit":
      return wording.omitOption(remedy.option);
    case "inspect":
      return `${wording.inspect(remedy.nodes ?? false)} to ${remedy.purpose}`;
    case "explain":
      return wording.explain;
    case "add-operator":
      return wording.addOperator;
  }
}

/** `a, b or c` */
export function anyOf(words: readonly string[]): string {
  return words.length < 2 ? words.join("") : `${words.slice(0, -1).join(", ")} or ${words.at(-1)}`;
}

/** For a clause that becomes a sentence. */
export function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
