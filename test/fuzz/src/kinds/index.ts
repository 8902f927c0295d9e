import type { Kind } from "../kind.ts";
import { arrays } from "./arrays.ts";
import { folders } from "./folders.ts";
import { models } from "./models.ts";
import { pictures } from "./pictures.ts";
import { texts } from "./texts.ts";
import { words } from "./words.ts";

// Edits of each kind are of a type of their own, which nobody but the kind itself looks into.
export const kinds = { models, pictures, arrays, texts, folders, words } as unknown as Readonly<
  Record<string, Kind<{ readonly what: string }>>
>;
