/** All readers, in order of precedence. */
import { customVision } from "./files/custom-vision.ts";
import { huggingFaceConfig } from "./files/hugging-face-config.ts";
import { huggingFacePreprocessor } from "./files/hugging-face-preprocessor.ts";
import { labelList } from "./files/label-list.ts";
import { lobe } from "./files/lobe.ts";
import { timm } from "./files/timm.ts";
import { classLabels } from "./graph/class-labels.ts";
import { denotation } from "./graph/denotation.ts";
import { openvino } from "./metadata/openvino.ts";
import { ownChannels, ownLabels, ownPreprocess } from "./metadata/own.ts";
import { ultralytics } from "./metadata/ultralytics.ts";
import { windowsMl } from "./metadata/windows-ml.ts";
import type { Reader } from "./reader.ts";

export const readers: readonly Reader[] = [
  ownPreprocess,
  ownLabels,
  ownChannels,
  ultralytics,
  openvino,
  windowsMl,
  huggingFacePreprocessor,
  huggingFaceConfig,
  timm,
  lobe,
  customVision,
  labelList,
  classLabels,
  denotation,
];
