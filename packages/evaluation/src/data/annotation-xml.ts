/**
 * Bounding boxes in the XML of PASCAL VOC, which ILSVRC took over.
 *
 * Pixels are counted with both ends inside. VOC counts from 1: its left edge is xmin - 1 and its right edge xmax. ILSVRC
 * counts from 0 (its boxes reach from 0 to the width less one): left xmin, right xmax + 1. A file is ILSVRC's if it names
 * ILSVRC or ImageNet as its database.
 */
import { XMLParser, XMLValidator } from "fast-xml-parser";
import { z } from "zod";
import type { Box } from "../types.ts";

export interface Annotation {
  /** Of the picture that the boxes were drawn on; undefined if the file does not say. */
  readonly size: { readonly width: number; readonly height: number } | undefined;
  readonly objects: readonly { readonly name: string; readonly box: Box }[];
}

const parser = new XMLParser({
  ignoreAttributes: true,
  parseTagValue: false,
  isArray: (name) => name === "object",
});

const number = z
  .string()
  .trim()
  .regex(/^-?\d+(\.\d+)?$/, "is no number")
  .transform(Number);
const schema = z.object({
  annotation: z.object({
    source: z.object({ database: z.string().optional() }).optional().catch(undefined),
    size: z.object({ width: number, height: number }).optional().catch(undefined),
    object: z
      .array(
        z.object({
          name: z.string(),
          bndbox: z.object({ xmin: number, ymin: number, xmax: number, ymax: number }),
        }),
      )
      .default([]),
  }),
});

/** It names every tag that is open. */
function shortened(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

/** @throws Error saying what is wrong with the text, as the end of a sentence */
export function parseAnnotation(text: string): Annotation {
  const valid = XMLValidator.validate(text);
  if (valid !== true)
    throw new Error(`line ${valid.err.line}: ${shortened(valid.err.msg.replace(/\.$/, ""))}`);
  const parsed = schema.safeParse(parser.parse(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    throw new Error(`${issue?.path.join(".")}: ${issue?.message}`);
  }
  const { source, size, object } = parsed.data.annotation;
  const first = /ilsvrc|imagenet/i.test(source?.database ?? "") ? 0 : 1;
  return {
    size: size && size.width > 0 && size.height > 0 ? size : undefined,
    objects: object.map(({ name, bndbox: { xmin, ymin, xmax, ymax } }) => {
      if (xmax < xmin || ymax < ymin) throw new Error(`the box of "${name}" ends before it begins`);
      const box = {
        left: xmin - first,
        top: ymin - first,
        right: xmax - first + 1,
        bottom: ymax - first + 1,
      };
      return { name: name.trim(), box };
    }),
  };
}
