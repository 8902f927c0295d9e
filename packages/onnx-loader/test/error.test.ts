import { describe, expect, test } from "vitest";
import { libraryWording, type Remedy, type RemedyWording, renderError, UserError } from "../src/error.ts";

const exportAgain: Remedy = { kind: "text", text: "export the network again" };
const unknown: Remedy = { kind: "option", option: "unknown", values: ["gradient", "pass"] };

/** As a page with buttons might word them. */
const buttons: RemedyWording = {
  setOption: (option, values) => `press ${(values ?? [option]).map((value) => `[${value}]`).join(" or ")}`,
  omitOption: (option) => `clear [${option}]`,
  inspect: (nodes) => `open ${nodes ? "the nodes of the network" : "the network"}`,
  explain: "press [explain]",
  addOperator: "write to us",
};

const wordings = { libraries: libraryWording, buttons };

function texts(remedies: readonly Remedy[]): string[] {
  const error = new UserError("unsupported", "It fails.", { remedies });
  return Object.values(wordings).map((wording) => renderError(error, wording));
}

describe("A user error", () => {
  test("without remedies says its reason alone", () => {
    const error = new UserError("model", "The file is damaged.");
    expect(error).toMatchObject({ message: "The file is damaged.", reason: "The file is damaged." });
    expect(error).toMatchObject({ subject: {}, remedies: [], name: "UserError", kind: "model" });
    expect(renderError(error, buttons)).toBe("The file is damaged.");
  });

  test("carries what it is about, what to do and its cause", () => {
    const cause = new Error("deeper");
    const subject = { node: "conv1", operation: "Conv" };
    const error = new UserError("unsupported", "No.", { subject, remedies: [exportAgain], cause });
    expect(error).toMatchObject({ subject, remedies: [exportAgain], reason: "No." });
    expect(error.cause).toBe(cause);
    expect(new UserError("run", "No.")).not.toHaveProperty("cause");
  });

  test("has the remedies in its message, in the words of the libraries", () => {
    const error = new UserError("unsupported", "It fails.", { remedies: [exportAgain, unknown] });
    expect(error.message).toBe(renderError(error, libraryWording));
    expect(error.message).toBe(
      'It fails. To fix this: export the network again; or set the option unknown to "gradient" or "pass".',
    );
  });

  test("has spaces for line breaks and other control characters, in reason and remedies", () => {
    const remedies: Remedy[] = [{ kind: "text", text: "look\u0007at it" }];
    const error = new UserError("model", 'The node "a\r\nb" is odd.', { remedies });
    expect(error.reason).toBe('The node "a b" is odd.');
    expect(error.message).toBe('The node "a b" is odd. Look at it.');
    expect(renderError(error, buttons)).toBe('The node "a b" is odd. Look at it.');
  });
});

describe("Remedies are worded by the program around the libraries", () => {
  test("a single one as a sentence", () => {
    expect(texts([exportAgain])).toEqual(Array(2).fill("It fails. Export the network again."));
  });

  test("an option with values, without, with a note, and one to leave out", () => {
    expect(texts([{ kind: "option", option: "samples", values: [1, 2, 3] }])).toEqual([
      "It fails. Set the option samples to 1, 2 or 3.",
      "It fails. Press [1] or [2] or [3].",
    ]);
    expect(texts([{ kind: "option", option: "pixels", note: "one number per channel" }])).toEqual([
      "It fails. Set the option pixels, one number per channel.",
      "It fails. Press [pixels], one number per channel.",
    ]);
    expect(texts([{ kind: "omit", option: "layer" }])).toEqual([
      "It fails. Leave out the option layer.",
      "It fails. Clear [layer].",
    ]);
  });

  test("several as alternatives; a look at the network follows, since it cures nothing", () => {
    const look: Remedy = { kind: "inspect", nodes: true, purpose: "list all layers" };
    expect(texts([look, unknown, { kind: "explain" }, { kind: "add-operator" }])).toEqual([
      'It fails. To fix this: set the option unknown to "gradient" or "pass"; create an explainer with it; or register a rule for the operation. Inspect the network to list all layers.',
      "It fails. To fix this: press [gradient] or [pass]; press [explain]; or write to us. Open the nodes of the network to list all layers.",
    ]);
    expect(texts([look])).toEqual([
      "It fails. Inspect the network to list all layers.",
      "It fails. Open the nodes of the network to list all layers.",
    ]);
  });
});
