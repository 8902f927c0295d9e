import type { SceneRequest } from "./scenes/scene.ts";

/** The folder of the demo pictures (PNG), with a slash at its end. */
export const picturesFolder: URL = new URL("../pictures/", import.meta.url);

/** A demo picture and the scene it shows: `renderScene(scene)` gives its pixels and its ground truth. */
export interface DemoPicture {
  /** What is in it, lowest object first, as in the file name. */
  readonly name: string;
  readonly file: URL;
  readonly scene: SceneRequest;
}

/** The demo pictures. No network was trained on any of them; every network ranks their objects' classes first. */
export const demoPictures: readonly DemoPicture[] = [
  demo("dotted-disc_striped-star", 136, 2),
  demo("checked-cross_ringed-disc", 147, 2),
  demo("checked-triangle_ringed-cross", 83, 2),
  demo("dotted-disc_striped-triangle", 73, 2),
  demo("ringed-disc_striped-star", 91, 2),
  demo("striped-star_ringed-triangle", 127, 2),
  demo("ringed-disc_striped-cross", 104, 2),
  demo("ringed-cross_dotted-disc", 5, 2),
  demo("dotted-star_ringed-disc", 151, 2),
  demo("dotted-triangle_striped-disc", 134, 2),
  demo("ringed-disc_striped-star_checked-star", 44, 3),
  demo("striped-star_dotted-star_ringed-star", 94, 3),
  demo("striped-star", 3, 1),
  demo("dotted-disc", 34, 1),
  demo("checked-triangle", 17, 1),
];

function demo(name: string, seed: number, objects: 1 | 2 | 3): DemoPicture {
  return { name, file: new URL(`${name}.png`, picturesFolder), scene: { seed, objects, size: 128 } };
}
