import { parseLabels } from "../../labels/labels.ts";
import { checkSize } from "../json.ts";
import type { FileReader } from "../reader.ts";

/** A list of names by itself, which may belong to another model: it counts where it has as many names as there are classes. */
export const labelList: FileReader = {
  kind: "file",
  files: ["labels.txt", "classes.txt"],
  read({ path, text }) {
    checkSize(path, text);
    return { labels: parseLabels(text, path) };
  },
};
