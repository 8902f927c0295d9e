export { classNames, type ShapeName, shapeNames, type TextureName, textureNames } from "./classes.ts";
export { type Detection, type DetectionOptions, detectionsOf, rightDetections } from "./detections.ts";
export { networkInput } from "./input.ts";
export {
  type ShippedClassifier,
  type ShippedDetector,
  type ShippedNetwork,
  type ShippedSegmenter,
  shippedClassifiers,
  shippedDetector,
  shippedNetworks,
  shippedSegmenter,
} from "./networks.ts";
export { type DemoPicture, demoPictures, picturesFolder } from "./pictures.ts";
export { type Recipe, recipeScript, recipes } from "./recipes.ts";
export { type DatasetRequest, datasetScene, heldOutScene } from "./scenes/dataset.ts";
export { renderScene } from "./scenes/render.ts";
export { classesIn, classMap, type Scene, type SceneObject, type SceneRequest } from "./scenes/scene.ts";
export { type SceneEntry, type WriteScenesOptions, writeScenes } from "./scenes/write-scenes.ts";
