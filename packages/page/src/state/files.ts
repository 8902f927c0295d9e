/** What dropped files are: a model with what belongs to it, or something to explain. */

export interface SortedFiles {
  readonly models: readonly File[];
  /** External data, labels, preprocessing: what may lie beside a model. */
  readonly companions: readonly File[];
  readonly pictures: readonly File[];
}

const pictureNames = /\.(jpe?g|png|webp|gif|bmp|avif|tiff?|npy|npz)$/i;

export function sortFiles(files: readonly File[]): SortedFiles {
  const isModel = ({ name }: File) => /\.onnx$/i.test(name);
  const isPicture = ({ name, type }: File) => type.startsWith("image/") || pictureNames.test(name);
  return {
    models: files.filter(isModel),
    pictures: files.filter((file) => !isModel(file) && isPicture(file)),
    companions: files.filter((file) => !isModel(file) && !isPicture(file)),
  };
}

/** Files of a drop or a paste. */
export function filesOf(transfer: DataTransfer | null): File[] {
  return [...(transfer?.files ?? [])];
}
