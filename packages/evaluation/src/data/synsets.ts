/** Lists of wnids with their names, as they come with ImageNet. */
import { dirname, join } from "node:path";
import { readText } from "./files.ts";

const fileNames = ["LOC_synset_mapping.txt", "map_clsloc.txt", "words.txt"];
/** From ILSVRC/Data/CLS-LOC/val up to the folder that contains ILSVRC. */
const levels = 5;

/**
 * Names "name, synonym, …" by wnid, from the nearest LOC_synset_mapping.txt, map_clsloc.txt or words.txt in `folder` or above
 * it; empty if there is none. Lines are "n01440764 tench, Tinca tinca", with a number between the two in map_clsloc.txt.
 */
export async function readSynsetsNear(folder: string): Promise<Map<string, string>> {
  let at = folder;
  for (let level = 0; level < levels; level++, at = dirname(at)) {
    for (const name of fileNames) {
      const text = await readText("list of classes", join(at, name), "textFileBytes").catch(() => "");
      const synsets = parseSynsets(text);
      if (synsets.size > 0) return synsets;
    }
  }
  return new Map();
}

function parseSynsets(text: string): Map<string, string> {
  return new Map(
    [...text.matchAll(/^(n\d{8})\s+(?:\d+\s+)?(\S.*?)\s*$/gm)].map(([, wnid = "", names = ""]) => [
      wnid,
      names,
    ]),
  );
}
