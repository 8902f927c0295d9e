/** The four outlines an object can have. Class index = shape index * 4 + texture index. */
export const shapeNames = ["disc", "triangle", "star", "cross"] as const;
export type ShapeName = (typeof shapeNames)[number];

/** The four two-colour patterns an object can have. */
export const textureNames = ["striped", "dotted", "checked", "ringed"] as const;
export type TextureName = (typeof textureNames)[number];

/** The 16 class names in index order, e.g. "striped star". Index i is row i of every network's scores. */
export const classNames: readonly string[] = shapeNames.flatMap((shape) =>
  textureNames.map((texture) => `${texture} ${shape}`),
);

export const classCount: number = classNames.length;

/** What class number `classIndex` looks like. Throws a RangeError outside 0..15. */
export function classOf(classIndex: number): { name: string; shape: ShapeName; texture: TextureName } {
  const shape = shapeNames[Math.floor(classIndex / textureNames.length)];
  const texture = textureNames[classIndex % textureNames.length];
  const name = classNames[classIndex];
  if (shape === undefined || texture === undefined || name === undefined) {
    throw new RangeError(`class index ${classIndex} is not one of 0..${classCount - 1}`);
  }
  return { name, shape, texture };
}
