/** Model-local functions (FunctionProto): operations that a file defines by a graph of others. */
import { onnx, protobuf } from "./codec.ts";
import { obtainAgain, UserError } from "./error.ts";
import type { Attribute, Model, Node } from "./model.ts";
import { inOrder } from "./order.ts";
import { decodeAttribute, decodeNode, newDecoding } from "./read.ts";

export interface LocalFunction {
  readonly domain: string;
  readonly name: string;
  readonly overload: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Attributes that a call may leave out, with what they are then. */
  readonly defaults: ReadonlyMap<string, Attribute>;
  readonly nodes: readonly Node[];
  /** Operator set version by domain. */
  readonly opsets: Readonly<Record<string, number>>;
}

/** @throws UserError `model` when a function cannot be decoded */
export function readFunctions(model: Model): LocalFunction[] {
  return model.functions.map((bytes) => {
    try {
      return decodeFunction(bytes);
    } catch (cause) {
      if (cause instanceof UserError) throw cause;
      throw new UserError(
        "model",
        "A function that the model defines cannot be decoded: the model file is damaged.",
        { remedies: [obtainAgain], cause },
      );
    }
  });
}

function decodeFunction(bytes: Uint8Array): LocalFunction {
  const decoding = newDecoding(bytes);
  const proto = onnx.FunctionProto.decode(protobuf.Reader.create(bytes));
  return {
    domain: plainDomain(proto.domain),
    name: proto.name,
    overload: proto.overload,
    inputs: proto.input,
    outputs: proto.output,
    defaults: new Map(proto.attributeProto.map((one) => decodeAttribute(one, decoding))),
    nodes: inOrder(proto.node.map((one) => decodeNode(one, decoding))),
    opsets: Object.fromEntries(
      proto.opsetImport.map(({ domain, version }) => [
        plainDomain(domain ?? ""),
        Number(version?.toString() ?? 0),
      ]),
    ),
  };
}

function plainDomain(domain: string): string {
  return domain === "ai.onnx" ? "" : domain;
}
