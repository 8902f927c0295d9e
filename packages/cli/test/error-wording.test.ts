import { type Remedy, UserError } from "@onnx-lrp/onnx-loader/error";
import { describe, expect, test } from "vitest";
import { errorText } from "../src/error-wording.ts";

const text = (...remedies: Remedy[]) => errorText(new UserError("usage", "No.", { remedies }));

describe("The command line words remedies as flags and commands", () => {
  test("options as flags, by the names that they have there", () => {
    expect(text({ kind: "option", option: "unknown", values: ["gradient", "pass"] })).toBe(
      "No. Use --unknown gradient or pass.",
    );
    expect(text({ kind: "option", option: "providers", values: ["cpu"] })).toBe("No. Use --provider cpu.");
    expect(text({ kind: "option", option: "resume" })).toBe("No. Use --resume.");
    expect(text({ kind: "option", option: "size" })).toBe("No. Use --size 224 or --size HEIGHTxWIDTH.");
    expect(text({ kind: "option", option: "pixels" })).toBe("No. Use --low and --high.");
    expect(text({ kind: "omit", option: "composite" })).toBe("No. Leave out --composite.");
  });

  test("names that a shell would take apart stand in quotes", () => {
    expect(text({ kind: "option", option: "output", values: ["class scores", "head/fc:0"] })).toBe(
      "No. Use --output 'class scores' or head/fc:0.",
    );
  });

  test("what the command itself can do as commands", () => {
    expect(text({ kind: "inspect", purpose: "list them" })).toBe("No. Run onnx-lrp inspect to list them.");
    expect(text({ kind: "inspect", nodes: true, purpose: "list all" })).toBe(
      "No. Run onnx-lrp inspect --nodes to list all.",
    );
    expect(text({ kind: "explain" }, { kind: "add-operator" })).toBe(
      'No. To fix this: run onnx-lrp explain to make its maps; or add the operation to onnx-lrp (CONTRIBUTING.md, "Add an operator").',
    );
  });
});
