/**
 * The operator table: what each ONNX operation is to relevance. To add one, write an entry in the file of its family
 * and list it here (CONTRIBUTING.md has a worked example).
 */
import * as activations from "./activations.ts";
import * as arithmetic from "./arithmetic.ts";
import { GlobalAveragePool, ReduceMean, ReduceSum } from "./average.ts";
import { AveragePool } from "./average-pool.ts";
import { Conv, ConvTranspose } from "./conv.ts";
import * as dense from "./dense.ts";
import { Einsum } from "./einsum.ts";
import * as elementwise from "./elementwise.ts";
import * as lp from "./lp.ts";
import { Max, Min } from "./max.ts";
import { MaxPool } from "./max-pool.ts";
import * as normalization from "./normalization.ts";
import type { OperatorEntry } from "./operator.ts";
import { Pad } from "./pad.ts";
import { ReduceProd } from "./product-reduction.ts";
import * as rearrange from "./rearrange.ts";
import { Resize } from "./resize.ts";
import * as routing from "./routing.ts";
import * as softmax from "./softmax.ts";
import { Split } from "./split.ts";
import { Mean, Sum } from "./sum.ts";
import { TopK } from "./top-k.ts";
import * as unchanged from "./unchanged.ts";
import { Where } from "./where.ts";
import * as winner from "./winner.ts";

export const operators: ReadonlyMap<string, OperatorEntry> = new Map(
  Object.entries({
    ...activations,
    ...arithmetic,
    ...dense,
    ...elementwise,
    ...lp,
    ...normalization,
    ...rearrange,
    ...routing,
    ...softmax,
    ...unchanged,
    ...winner,
    AveragePool,
    Conv,
    ConvTranspose,
    Einsum,
    GlobalAveragePool,
    Max,
    MaxPool,
    Mean,
    Min,
    Pad,
    ReduceMean,
    ReduceProd,
    ReduceSum,
    Resize,
    Split,
    Sum,
    TopK,
    Where,
  }),
);
