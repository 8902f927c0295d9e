/** What `onnx-lrp page MODEL PICTURES` serves beside the page. */
import type { Controller } from "./controller.ts";
import { fetchFile } from "./shipped.ts";

/** Written into the page by the command line. */
interface Opened {
  /** Names; the file at index i is at `opened/i`. */
  readonly files: readonly string[];
  /** The name of a network that comes with the page. */
  readonly shipped: string | null;
}

/** @returns whether the command line serves the page */
export async function readOpened(controller: Controller): Promise<boolean> {
  const said = document.querySelector<HTMLMetaElement>('meta[name="onnx-lrp-opened"]')?.content;
  if (said === undefined) return false;
  const { files, shipped }: Opened = JSON.parse(said);
  try {
    const opened = await Promise.all(files.map((name, i) => fetchFile(`./opened/${i}`, name)));
    if (opened.length > 0) await controller.addFiles(opened);
    if (shipped !== null) await controller.openShipped(shipped);
  } catch (error) {
    controller.say(error instanceof Error ? error.message : String(error));
  }
  return true;
}
