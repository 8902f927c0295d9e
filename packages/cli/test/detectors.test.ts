/** The shipped detector on the command line: its boxes, what is wrong with questions about them, and evaluations. */
import { readFileSync } from "node:fs";
import { writeScenes } from "@onnx-lrp/models";
import { expect, test } from "vitest";
import { enterFolder, picture, run } from "./shared.ts";

const three = "striped-star_dotted-star_ringed-star";

async function explained(...options: readonly string[]) {
  const { code, out, err } = await run("explain", "detector", picture(three), ...options, "--json");
  expect(`${code} ${err}`).toBe("0 ");
  return JSON.parse(out);
}

test("without a target the boxes that are found are explained, with the share of relevance in each", async () => {
  enterFolder();
  const { method, inputs } = await explained();
  expect(method).toBe("lrp");
  const [{ top, explanations, figure }] = inputs;
  expect(top.map(({ label }: { label: string }) => label)).toEqual([
    "ringed star",
    "striped star",
    "dotted star",
  ]);
  expect(explanations.map(({ where }: { where: string }) => where)).toEqual(["box:1", "box:2", "box:3"]);
  for (const [i, { box, label, probability }] of explanations.entries()) {
    expect(box).toMatchObject({ rank: i + 1 });
    expect(box.positiveShare).toBeGreaterThan(0.9);
    expect({ label, probability }).toEqual({ label: top[i].label, probability: top[i].probability });
    expect(top[i].box).toEqual({ left: box.left, top: box.top, right: box.right, bottom: box.bottom });
  }
  // The width in a PNG's header: the input and three maps side by side.
  expect(readFileSync(figure).readUInt32BE(16)).toBeGreaterThan(1000);
});

test("lines say what is found, what is explained, and where", async () => {
  enterFolder();
  const { code, out, err } = await run("explain", "detector", picture(three));
  expect(code).toBe(0);
  expect(err).toContain("The method is lrp: classes do not compete");
  expect(out).toMatch(
    /^ {2}finds {6}3 boxes: ringed star \d+\.\d %, striped star \d+\.\d %, dotted star \d+\.\d %$/m,
  );
  expect(out).toMatch(
    /^ {2}explains {3}dotted star box:3 \(class 9, [\d.]+ %, logit [\d.]+, from \d+,\d+ to \d+,\d+, [\d.]+ % of the positive relevance inside\): /m,
  );
});

test("a box by a pixel, another class at a box, a class, and why not another", async () => {
  enterFolder();
  const { inputs } = await explained(
    "--target",
    "box:50,60",
    "--target",
    "box:1=striped star",
    "--target",
    "dotted star",
  );
  const [{ explanations }] = inputs;
  expect(
    explanations.map(({ where, label }: { where: string; label: string }) => `${label} ${where}`),
  ).toEqual(["striped star box:50,60", "striped star box:1", "dotted star box:3"]);
  const against = await explained("--target", "box:1", "--against", "dotted star");
  expect(against.inputs[0].explanations[0]).toMatchObject({
    label: "ringed star",
    against: { label: "dotted star" },
  });
  expect(against.options.contrast).toBe(true);
});

test("classes of a box compete if that is asked for", async () => {
  enterFolder();
  const { method, options, inputs } = await explained("--rivals", "--target", "box:1");
  expect({ method, rivals: options.rivals }).toEqual({ method: "sglrp", rivals: true });
  expect(inputs[0].explanations[0].box.positiveShare).toBeGreaterThan(0.6);
});

test("methods that query the network take boxes too", async () => {
  enterFolder();
  const { inputs } = await explained("--method", "occlusion", "--window", "16", "--target", "box:2");
  expect(inputs[0].explanations[0].box.positiveShare).toBeGreaterThan(0.5);
});

test.each([
  ["box:4000", 2, /There is no box 4000: the network finds \d+\. The best are box:1 \(class 11, 97\.0 %/],
  [
    "box:1,120",
    2,
    /No box with a probability of at least 5 % lies over the pixel 1,120\. The best are box:1/,
  ],
  ["box:128,5", 2, /The place 128,5 lies outside the picture: it goes from 0 to 127 and 0 to 127/],
  ["box:0", 2, /"box:0" names no box/],
  ["box:1=zebra", 2, /There is no class "zebra"/],
  [
    "striped star@3,4",
    2,
    /asks for a class at a pixel, and the network finds boxes. Ask for the box over it as "box:3,4"/i,
  ],
])("--target %s", async (target, wanted, words) => {
  enterFolder();
  const { code, err } = await run("explain", "detector", picture(three), "--target", target);
  expect(err.replaceAll(/\s+/g, " ")).toMatch(words);
  expect(code).toBe(wanted);
});

test("a network without boxes", async () => {
  enterFolder();
  const { code, err } = await run("explain", "vgg", picture(three), "--target", "box:1");
  expect({ code, says: err.includes("no detector that is known") }).toEqual({ code: 2, says: true });
});

test("inspect says that it is a detector, and what it takes", async () => {
  const { code, out } = await run("inspect", "detector");
  expect(code).toBe(0);
  expect(out.replaceAll(/\s+/g, " ")).toContain(
    "a detector, laid out as YOLOv8 and YOLO11: 256 boxes, 16 classes, sigmoid of the logits",
  );
  expect(out).toContain("box:N, box:X,Y, box:N=CLASS");
  const { head } = JSON.parse((await run("inspect", "detector", "--json")).out).network;
  expect(head.boxes).toEqual({
    layout: "YOLOv8 and YOLO11",
    format: "cxcywh",
    unit: "pixels",
    background: null,
  });
});

test("evaluate takes the labelled boxes of COCO's lists: the score of the box that was found for each", async () => {
  enterFolder();
  await writeScenes("scenes", { count: 6, objects: 3 });
  const { code, out, err } = await run(
    ...["evaluate", "detector", "scenes/instances.json", "--methods", "lrp,gradient,random"],
    ...["--metrics", "relevance-mass,pointing-game,deletion", "--quiet", "--out", "run"],
  );
  expect(`${code} ${err}`).toBe("0 ");
  expect(out).toContain("run");
  const summary = JSON.parse(readFileSync("run/summary.json", "utf8"));
  // Three objects in each of six pictures, nearly all of which are found.
  expect(summary.pictures.ok + summary.pictures.failed).toBe(18);
  expect(summary.pictures.ok).toBeGreaterThan(15);
  const mass = (name: string) =>
    summary.measures
      .find(({ name: measure }: { name: string }) => measure === "relevance-mass")
      .methods.find(({ method }: { method: string }) => method === name).headline.value;
  expect(mass("lrp")).toBeGreaterThan(0.8);
  expect(mass("lrp")).toBeGreaterThan(3 * mass("random"));
});
