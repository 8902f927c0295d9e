/**
 * The operator table: what each ONNX operation is to relevance. To add one, write an entry in the file of its family
 * and list it here (CONTRIBUTING.md has a worked example).
 */
import * as activations from "./activations.ts";
import { Add, Div, Mul, Sub } from "./arithmetic.ts";
import { Conv, ConvTranspose } from "./conv.ts";
import { Gemm, MatMul } from "./dense.ts";
import { GlobalMaxPool, ReduceMax } from "./global-max-pool.ts";
import { Max } from "./max.ts";
import { MaxPool } from "./max-pool.ts";
import * as normalization from "./normalization.ts";
import type { OperatorEntry } from "./operator.ts";
import * as rearrange from "./rearrange.ts";
import * as routing from "./routing.ts";
import { AveragePool, GlobalAveragePool, ReduceMean, ReduceSum, Sum } from "./sum.ts";
import * as unchanged from "./unchanged.ts";

export const operators: ReadonlyMap<string, OperatorEntry> = new Map(
  Object.entries({
    ...activations,
    ...normalization,
    ...rearrange,
    ...routing,
    ...unchanged,
    Add,
    AveragePool,
    Conv,
    ConvTranspose,
    Div,
    Gemm,
    GlobalAveragePool,
    GlobalMaxPool,
    MatMul,
    Max,
    MaxPool,
    Mul,
    ReduceMax,
    ReduceMean,
    ReduceSum,
    Sub,
    Sum,
  }),
);
