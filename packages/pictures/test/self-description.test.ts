/** What each reader makes of a file as its exporter writes it, and which of several sources counts. */
import type { Attribute, Graph, Model, Node, Tensor } from "@onnx-lrp/onnx-loader";
import { describe, expect, test } from "vitest";
import { imagenetLabels } from "../src/labels/labels.ts";
import { type Preprocess, preprocessPresets } from "../src/preprocessing/preprocess-spec.ts";
import { chooseLabels } from "../src/self-description/choose-labels.ts";
import { choosePreprocess } from "../src/self-description/choose-preprocess.ts";
import { type GuessHints, guessPreprocess } from "../src/self-description/guess.ts";
import { readSelfDescription, sidecarNames } from "../src/self-description/read.ts";
import { maxSidecarBytes, type Sidecar } from "../src/self-description/reader.ts";

function model(metadata: Readonly<Record<string, string>> = {}, nodes: readonly Node[] = []) {
  const graph: Graph = {
    ...{ name: "", nodes, inputs: [], outputs: [], valueInfo: [], carried: [] },
    ...{ initializers: new Map(), overridable: new Set<string>() },
  };
  return { metadata, graph } satisfies Pick<Model, "metadata" | "graph">;
}

const file = (name: string, content: unknown, folder = ""): Sidecar => ({
  name,
  path: `${folder}${name}`,
  text: typeof content === "string" ? content : JSON.stringify(content),
});

const fromMetadata = (metadata: Readonly<Record<string, string>>) => readSelfDescription(model(metadata), []);
const fromFiles = (...sidecars: Sidecar[]) => readSelfDescription(model(), sidecars);

/** The first word on each thing. */
function said({ preprocess, labels, size, task, problems }: ReturnType<typeof readSelfDescription>) {
  expect(problems).toEqual([]);
  return {
    preprocess: preprocess[0]?.value,
    labels: labels[0]?.value,
    size: size[0]?.value,
    task: task[0]?.value,
  };
}

const photo: GuessHints = {
  ...{
    producer: "pytorch",
    layout: "nchw",
    channels: 3,
    isPicture: true,
    outputSizes: [1000],
    range: undefined,
  },
};

describe("metadata", () => {
  test("onnx-lrp's own", () => {
    const spec: Preprocess = { ...preprocessPresets.tf, fit: "squash" };
    const { preprocess, labels } = fromMetadata({
      "onnx-lrp.preprocess": JSON.stringify(spec),
      "onnx-lrp.labels": '["cat", "dog"]',
    });
    expect(preprocess).toEqual([{ value: spec, source: { from: "model", name: "onnx-lrp.preprocess" } }]);
    expect(labels).toEqual([{ value: ["cat", "dog"], source: { from: "model", name: "onnx-lrp.labels" } }]);
  });

  const yolo = { stride: "1", batch: "1", names: `{0: 'cat', 1: "cat's toy"}` };

  test("Ultralytics' classifiers see the centre, over 255", () => {
    expect(said(fromMetadata({ ...yolo, task: "classify", imgsz: "[224, 256]" }))).toEqual({
      preprocess: { ...preprocessPresets.unit, name: "ultralytics", cropRatio: 1 },
      labels: ["cat", "cat's toy"],
      size: { height: 224, width: 256 },
      task: "classify",
    });
  });

  test("Ultralytics' detectors see the whole picture in grey margins", () => {
    const { preprocess, task, size } = said(fromMetadata({ ...yolo, task: "detect", imgsz: "640" }));
    expect(preprocess).toMatchObject({ fit: "pad", padValue: 114, scale: 1 / 255 });
    expect([task, size]).toEqual(["detect", { height: 640, width: 640 }]);
  });

  test("names and other properties of somebody else are not taken for Ultralytics'", () => {
    expect(fromMetadata({ names: "anything" })).toEqual(readSelfDescription(model(), []));
  });

  test.each([
    ["Bgr8", "NominalRange_0_255", { order: "bgr", scale: 1, mean: [0] }],
    ["Rgb8", "Normalized_0_1", { order: "rgb", scale: 1 / 255, mean: [0] }],
    ["rgb8", "normalized_1_1", { order: "rgb", scale: 1 / 127.5, mean: [1] }],
    ["Gray8", "NominalRange_16_235", { order: "rgb", scale: 219 / 255, mean: [-16] }],
  ])("Windows ML: %s, %s", (format, range, wanted) => {
    const { preprocess } = said(
      fromMetadata({ "Image.BitmapPixelFormat": format, "image.nominalpixelrange": range }),
    );
    expect(preprocess).toEqual({ ...preprocessPresets.none, name: "windows-ml", cropRatio: 1, ...wanted });
  });

  const openvino = {
    "model_info model_type": "Classification",
    "model_info labels": "striped_star ringed_triangle",
    "model_info mean_values": "123.675 116.28 103.53",
    "model_info scale_values": "58.395, 57.12, 57.375",
    "model_info reverse_input_channels": "False",
    "model_info resize_type": "standard",
  };

  test("OpenVINO", () => {
    expect(said(fromMetadata(openvino))).toEqual({
      preprocess: {
        ...{ name: "openvino", fit: "squash", cropRatio: 0.875, scale: 1, order: "rgb" },
        ...{ mean: [123.675, 116.28, 103.53], std: [58.395, 57.12, 57.375] },
      },
      labels: ["striped star", "ringed triangle"],
      size: undefined,
      task: "classify",
    });
  });

  test.each([
    [{ "model_info mean_values": "103.53 116.28 123.675" }, { order: "bgr" }],
    [{ "model_info color_space": "BGR" }, { order: "bgr" }],
    [{ "model_info resize_type": "crop" }, { fit: "crop", cropRatio: 1 }],
    [
      { "model_info resize_type": "fit_to_window_letterbox", "model_info pad_value": "114" },
      { fit: "pad", padValue: 114 },
    ],
    [{ "model_info embedded_processing": "YES" }, { scale: 1, mean: [0], std: [1] }],
  ])("OpenVINO: %j", (changes, wanted) => {
    expect(said(fromMetadata({ ...openvino, ...changes })).preprocess).toMatchObject(wanted);
  });
});

describe("files beside the model", () => {
  const vit = {
    ...{ do_normalize: true, do_rescale: true, do_resize: true, image_processor_type: "ViTImageProcessor" },
    ...{ image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5], resample: 3, rescale_factor: 1 / 255 },
    size: { height: 224, width: 224 },
  };

  test("Hugging Face: config.json and preprocessor_config.json", () => {
    const config = {
      architectures: ["ViTForImageClassification"],
      id2label: { "1": "dog", "0": "cat" },
      label2id: { cat: 0, dog: 1 },
    };
    expect(said(fromFiles(file("config.json", config), file("preprocessor_config.json", vit)))).toEqual({
      preprocess: {
        ...{ name: "hugging-face", fit: "squash", interpolation: "bicubic", order: "rgb" },
        ...{ scale: 1 / 255, mean: [0.5, 0.5, 0.5], std: [0.5, 0.5, 0.5] },
      },
      labels: ["cat", "dog"],
      size: { height: 224, width: 224 },
      task: "classify",
    });
  });

  test.each([
    // ResNet and ConvNeXt: below 384 pixels the centre of something larger, above all of it.
    [{ crop_pct: 0.875, size: { shortest_edge: 224 } }, { fit: "crop", cropRatio: 0.875 }, 224],
    [{ crop_pct: 0.95, size: { shortest_edge: 224 } }, { fit: "crop", cropRatio: 224 / 235 }, 224],
    [{ crop_pct: 0.95, size: { shortest_edge: 384 } }, { fit: "squash" }, 384],
    [
      { image_processor_type: "ConvNextImageProcessor", size: { shortest_edge: 224 } },
      { fit: "crop", cropRatio: 0.875 },
      224,
    ],
    // MobileNet, DeiT, CLIP.
    [
      { do_center_crop: true, crop_size: { height: 224, width: 224 }, size: { shortest_edge: 256 } },
      { fit: "crop", cropRatio: 0.875 },
      224,
    ],
    [{ do_center_crop: true, crop_size: 240, size: 256 }, { fit: "crop", cropRatio: 240 / 256 }, 240],
    [{ size: 192 }, { fit: "squash" }, 192],
    [{ size: { shortest_edge: 256 } }, { fit: "crop", cropRatio: 1 }, undefined],
    // MobileViT.
    [{ do_flip_channel_order: true, do_normalize: false }, { order: "bgr", mean: [0], std: [1] }, 224],
    [{ do_rescale: false }, { scale: 1 }, 224],
    // EfficientNet.
    [{ rescale_factor: 1 / 127.5, rescale_offset: true }, { scale: 1 / 127.5, mean: [1.5, 1.5, 1.5] }, 224],
    [{ resample: 2 }, { interpolation: "bilinear" }, 224],
    [{ crop_pct: null, image_mean: null, image_std: null }, { mean: [0], std: [1] }, 224],
  ])("Hugging Face's preprocessor: %j", (changes, wanted, side) => {
    const { preprocess, size } = said(fromFiles(file("preprocessor_config.json", { ...vit, ...changes })));
    expect(preprocess).toMatchObject(wanted);
    expect(size).toEqual(side && { height: side, width: side });
  });

  test("names that transformers made up are none, and neither is a processor of sound", () => {
    const config = { architectures: ["X"], id2label: { 0: "LABEL_0", 1: "LABEL_1" } };
    const sound = { feature_extractor_type: "Wav2Vec2FeatureExtractor", sampling_rate: 16000 };
    const { labels, preprocess } = fromFiles(
      file("config.json", config),
      file("preprocessor_config.json", sound),
    );
    expect([labels, preprocess]).toEqual([[], []]);
  });

  const resnet = {
    ...{ input_size: [3, 224, 224], interpolation: "bicubic", crop_pct: 0.95, crop_mode: "center" },
    ...{ mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225], num_classes: 2 },
  };

  test("timm, now and formerly", () => {
    const wanted = {
      preprocess: {
        ...{ name: "timm", fit: "crop", cropRatio: 224 / 235, interpolation: "bicubic", order: "rgb" },
        ...{ scale: 1 / 255, mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] },
      },
      labels: ["zebra", "okapi"],
      size: { height: 224, width: 224 },
      task: "classify",
    };
    const top = { architecture: "resnet50", label_names: ["n02391049", "okapi"] };
    expect(said(fromFiles(file("config.json", { ...top, pretrained_cfg: resnet })))).toEqual(wanted);
    expect(said(fromFiles(file("config.json", { ...top, ...resnet })))).toEqual(wanted);
  });

  test("Lobe", () => {
    const signature = {
      ...{ doc_name: "Pets", format: "onnx", filename: "model.onnx", export_model_version: 1 },
      inputs: { Image: { dtype: "float32", shape: [null, 224, 192, 3], name: "Image" } },
      outputs: { Confidences: { dtype: "float32", shape: [null, 2], name: "x" } },
      classes: { Label: ["cat", "dog"] },
    };
    expect(said(fromFiles(file("signature.json", signature)))).toEqual({
      preprocess: { ...preprocessPresets.unit, name: "lobe", cropRatio: 1 },
      labels: ["cat", "dog"],
      size: { height: 224, width: 192 },
      task: "classify",
    });
  });

  test("Custom Vision, whose metadata go before its manifest", () => {
    const manifest = { DomainType: "Classification", ExporterVersion: "2.0", LabelFileName: "labels.txt" };
    const files = [file("cvexport.manifest", manifest), file("labels.txt", "cat\r\ndog\r\n")];
    expect(said(fromFiles(...files))).toEqual({
      preprocess: { ...preprocessPresets.unit, name: "custom-vision", fit: "squash" },
      labels: ["cat", "dog"],
      size: undefined,
      task: "classify",
    });
    const metadata = { "Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255" };
    const { preprocess } = readSelfDescription(model(metadata), files);
    expect(preprocess.map(({ value }) => [value.order, value.scale])).toEqual([
      ["bgr", 1],
      ["rgb", 1 / 255],
    ]);
  });

  test.each(["labels.txt", "classes.txt"])("%s", (name) => {
    expect(said(fromFiles(file(name, "n02121620 cat\ndog\n"))).labels).toEqual(["cat", "dog"]);
  });
});

describe("labels in the graph", () => {
  const node = (op: string, attributes: Readonly<Record<string, Attribute>>): Node => ({
    ...{ op, domain: "ai.onnx.ml", name: "", inputs: ["p"], outputs: ["z"] },
    attributes: new Map(Object.entries(attributes)),
  });
  const names: Attribute = { kind: "strings", value: ["cat", "dog"] };
  const keys = (...value: bigint[]): Attribute => ({ kind: "ints", value });

  test.each([
    ["ZipMap", { classlabels_strings: names }, ["cat", "dog"]],
    ["ZipMap", { classlabels_int64s: keys(3n, 7n) }, ["3", "7"]],
    ["LabelEncoder", { keys_int64s: keys(0n, 1n), values_strings: names }, ["cat", "dog"]],
    ["LabelEncoder", { keys_int64s: keys(1n, 0n), values_strings: names }, undefined],
    ["Scaler", {}, undefined],
  ])("%s %o", (op, attributes, wanted) => {
    const { labels } = readSelfDescription(model({}, [node(op, attributes)]), []);
    expect(labels[0]?.value).toEqual(wanted);
  });
});

test.each([
  ["ArrayFeatureExtractor", "ai.onnx.ml"],
  ["Gather", ""],
])("labels that %s looks up", (op, domain) => {
  // string_data is field 6 of a TensorProto.
  const message = Uint8Array.from(
    ["cat", "dög"].flatMap((name) => {
      const bytes = new TextEncoder().encode(name);
      return [0x32, bytes.length, ...bytes];
    }),
  );
  const names: Tensor = { name: "names", type: "string", dims: [2], storage: { kind: "fields", message } };
  const { graph } = model();
  const node: Node = {
    op,
    domain,
    name: "",
    inputs: ["names", "rank"],
    outputs: ["z"],
    attributes: new Map(),
  };
  const withNames = { ...graph, nodes: [node], initializers: new Map([["names", names]]) };
  const { labels } = readSelfDescription({ metadata: {}, graph: withNames }, []);
  expect(labels[0]?.value).toEqual(["cat", "dög"]);
});

test("inputs that are denoted as images", () => {
  const { graph } = model();
  const inputs = [
    { name: "mask", type: undefined, denotation: "TENSOR" },
    { name: "photo", type: undefined, denotation: "IMAGE" },
    { name: "scale", type: undefined },
  ];
  const { pictureInputs } = readSelfDescription({ metadata: {}, graph: { ...graph, inputs } }, []);
  expect(pictureInputs.map(({ value }) => value)).toEqual([["photo"]]);
});

describe("precedence", () => {
  const metadata = {
    "onnx-lrp.labels": '["a", "b"]',
    "onnx-lrp.preprocess": JSON.stringify(preprocessPresets.tf),
  };
  const files = [file("labels.txt", "near\nby", "net/"), file("labels.txt", "far\noff", "")];

  test("option, metadata, files from near to far, graph, guess", () => {
    const all = readSelfDescription(model(metadata), files);
    expect(all.labels.map(({ value, source }) => `${source.name}: ${value}`)).toEqual([
      "onnx-lrp.labels: a,b",
      "net/labels.txt: near,by",
      "labels.txt: far,off",
    ]);
    const asked = { names: ["x", "y"], where: "own.txt" };
    expect(chooseLabels(asked, 2, all)).toEqual({
      value: ["x", "y"],
      source: { from: "option", name: "own.txt" },
    });
    expect(chooseLabels(undefined, 2, all)?.value).toEqual(["a", "b"]);
    expect(choosePreprocess(preprocessPresets.caffe, all, photo).source.from).toBe("option");
    expect(choosePreprocess(undefined, all, photo).value).toEqual(preprocessPresets.tf);
    expect(choosePreprocess(undefined, fromFiles(), { ...photo, range: "bytes" })).toMatchObject({
      value: preprocessPresets.none,
      source: { from: "graph" },
    });
  });

  test("ImageNet's names are a guess, and never those of a network that has its own", () => {
    const none = { labels: [] };
    expect(chooseLabels(undefined, 1000, none)).toMatchObject({
      value: imagenetLabels,
      source: { from: "guess" },
    });
    expect(chooseLabels(undefined, 1001, none)?.value.slice(0, 2)).toEqual(["background", imagenetLabels[0]]);
    expect(chooseLabels(undefined, 10, none)).toBeUndefined();
    expect(chooseLabels("none", 1000, none)).toBeUndefined();
    expect(chooseLabels("imagenet", 1000, fromMetadata(metadata))?.value).toBe(imagenetLabels);
    expect(() => chooseLabels("imagenet", 10, none)).toThrow(/1000 classes .* the model has 10\./);
    expect(() => chooseLabels({ names: ["cat"], where: "one.txt" }, 5, none)).toThrow(
      /one\.txt" has 1 names, and the model has 5 classes/,
    );

    const species = Array.from({ length: 1000 }, (_, i) => `species ${i}`);
    const config = file("config.json", { id2label: { ...species } });
    expect(chooseLabels(undefined, 1000, fromFiles(config))?.value).toEqual(species);
    // Two names of its own for 1000 scores are a puzzle; a list for another model that lies beside it is none.
    expect(chooseLabels(undefined, 1000, fromMetadata(metadata))).toBeUndefined();
    expect(chooseLabels(undefined, 1000, fromFiles(...files))?.value).toBe(imagenetLabels);
  });

  test("what is said for another number of channels does not count", () => {
    const described = fromMetadata({ "onnx-lrp.preprocess": JSON.stringify(preprocessPresets.imagenet) });
    expect(choosePreprocess(undefined, described, { ...photo, channels: 1 }).source.from).toBe("guess");
  });
});

test.each<[Partial<GuessHints>, string]>([
  [{}, "imagenet"],
  [{ channels: 1 }, "unit"],
  [{ channels: 4 }, "unit"],
  [{ producer: "onnx-caffe2" }, "caffe"],
  [{ producer: "caffe" }, "caffe"],
  [{ producer: "Caffe2" }, "caffe"],
  [{ producer: "tf2onnx", layout: "nhwc" }, "tf"],
  [{ producer: "tf2onnx" }, "imagenet"],
  [{ outputSizes: [2, 1001] }, "tf"],
  [{ producer: "onnx-caffe2", channels: 1 }, "unit"],
  [{ isPicture: false, channels: 12, range: "bytes" }, "none"],
  [{ isPicture: false, outputSizes: [1001] }, "none"],
])("a guess from %j is %s", (hints, preset) => {
  const { value, source } = guessPreprocess({ ...photo, ...hints });
  expect([value.name, source.from]).toEqual([preset, "guess"]);
});

describe("hostile", () => {
  const problemsOf = (...sidecars: Sidecar[]) => {
    const { problems, ...facts } = fromFiles(...sidecars);
    expect(Object.values(facts).flat()).toEqual([]);
    return problems.map(({ value }) => value);
  };

  test.each(sidecarNames)("%s that is huge, no text, or of another kind", (name) => {
    const huge = { name, path: name, text: "x".repeat(maxSidecarBytes + 1) };
    for (const problem of problemsOf(huge)) expect(problem).toContain("too large");
    for (const content of ["", "null", "[]", "42", "{", "\0\0", "[".repeat(1e5), '{"a":'.repeat(1e5)]) {
      const { preprocess, size } = fromFiles(file(name, content));
      expect([preprocess, size]).toEqual([[], []]);
    }
  });

  test.each([
    ["config.json", { id2label: { 0: 1 } }],
    ["config.json", { id2label: "cat" }],
    ["config.json", { pretrained_cfg: { mean: "red" } }],
    ["config.json", { pretrained_cfg: { mean: [0, 0], std: [1, 1] } }],
    ["config.json", { pretrained_cfg: { mean: [0.5], std: [0] } }],
    ["config.json", { pretrained_cfg: { mean: [0.5], crop_pct: 1e-300 } }],
    ["config.json", { pretrained_cfg: { mean: [0.5], input_size: [3, 1e9, 1e9] } }],
    ["preprocessor_config.json", { image_mean: [0.5, null, 0.5] }],
    ["preprocessor_config.json", { do_resize: "yes" }],
    ["preprocessor_config.json", { do_resize: true, image_mean: 0.5, image_std: 0 }],
    ["preprocessor_config.json", { do_resize: true, rescale_factor: 0 }],
    ["signature.json", { inputs: {}, classes: { Label: ["cat"] } }],
    ["signature.json", { inputs: { Image: { shape: "big" } }, classes: { Label: [1] } }],
    ["cvexport.manifest", { DomainType: 5 }],
  ])("%s %j is a problem with a reason", (name, content) => {
    const [problem] = problemsOf(file(name, content));
    expect(problem).toMatch(new RegExp(`^${name.replace(".", "\\.")} is not used: .+\\.$`));
  });

  test("__proto__ is a key like any other", () => {
    const text = '{"id2label": {"__proto__": {"0": "x"}, "0": "cat"}, "__proto__": {"architectures": ["Y"]}}';
    const { labels, task } = fromFiles(file("config.json", text));
    expect([labels.map(({ value }) => value), task]).toEqual([[["cat"]], []]);
    expect(Object.hasOwn(Object.prototype, "0")).toBe(false);
  });

  test("gaps, doubles and giant indices name nothing", () => {
    for (const id2label of [{ 0: "a", 2: "b" }, { 4294967295: "a" }, { "-1": "a", 0: "b" }, {}]) {
      expect(fromFiles(file("config.json", { id2label })).labels).toEqual([]);
    }
  });

  test("names are one line of printable text", () => {
    const { labels } = fromFiles(file("labels.txt", `\u001b[31mred\u0007\n${"x".repeat(1000)}\n`));
    const [red = "", long = ""] = labels[0]?.value ?? [];
    expect(red).toBe("[31mred");
    expect(long).toHaveLength(400);
  });

  test("metadata that are damaged: ours are an error, others a problem", () => {
    const ours = fromMetadata({ "onnx-lrp.preprocess": '{"scale": 0}' });
    expect(() => choosePreprocess(undefined, ours, photo)).toThrow(
      expect.objectContaining({ kind: "model", message: expect.stringContaining('"onnx-lrp.preprocess"') }),
    );
    expect(choosePreprocess(preprocessPresets.unit, ours, photo).value).toBe(preprocessPresets.unit);
    const theirs = fromMetadata({ names: "{0: print()}", task: "classify" });
    expect(theirs.problems.map(({ source }) => source.name)).toEqual(["Ultralytics"]);
    expect(choosePreprocess(undefined, theirs, photo).source.from).toBe("guess");
    expect(fromMetadata({ "model_info scale_values": "0" }).problems).toHaveLength(1);
    expect(fromMetadata({ "model_info mean_values": "1 2" }).problems).toHaveLength(1);
    expect(fromMetadata({ "Image.NominalPixelRange": "constructor" }).preprocess).toEqual([]);
  });
});
