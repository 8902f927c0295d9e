/** The page in a real browser: what a visitor sees and keeps is what Node.js and the command line give. */
import { existsSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { openNetwork as openOnNode } from "@onnx-lrp/network";
import { readModelFile } from "@onnx-lrp/node";
import { readModel, writeModel } from "@onnx-lrp/onnx-loader";
import { decodeNpy } from "@onnx-lrp/pictures/internal";
import { browserPath, noBrowser } from "@onnx-lrp/test-kit/browser";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type BuiltPage,
  buildPage,
  chooseShipped,
  type OpenedPage,
  openNetwork,
  openPicture,
  rest,
  saved,
} from "./opened-page.ts";

const models = fileURLToPath(new URL("../../../models/", import.meta.url));
const shared = fileURLToPath(new URL("../../../../shared/", import.meta.url));
const picture = join(models, "pictures/striped-star_ringed-triangle.png");

let built: BuiltPage;
let opened: OpenedPage;
let folder: string;

beforeAll(async () => {
  if (browserPath === undefined) return;
  folder = mkdtempSync(join(tmpdir(), "onnx-lrp-files-"));
  built = await buildPage();
  opened = await built.open();
}, 180_000);

afterAll(async () => {
  await built?.close();
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
});

/** A network that ships, with a node that no rule covers. */
function refusedNetwork(): string {
  const model = readModel(readFileSync(join(models, "networks/vgg.onnx")), "vgg");
  const [first] = model.graph.nodes.filter(({ op }) => op === "Relu").slice(3);
  const nodes = model.graph.nodes.map((node) => (node === first ? { ...node, op: "Hardmax" } : node));
  const path = join(folder, "refused.onnx");
  writeFileSync(path, writeModel({ ...model, graph: { ...model.graph, nodes } }));
  return path;
}

/** The page's map, as it is saved, beside Node's: the relative L2 difference. */
async function differenceFromNode(model: string, shown: string, target: string | undefined): Promise<number> {
  const path = await saved(opened.page, ".npy");
  const { data, shape } = decodeNpy(new Uint8Array(readFileSync(path)), "the page's");
  await using network = await openOnNode(model, { threads: 1 });
  const { explanations } = await network.explain(shown, target === undefined ? {} : { target });
  const [expected] = explanations;
  expect(shape.slice(1)).toEqual(expected?.shape);
  let [square, all] = [0, 0];
  for (const [i, value] of (expected?.relevance ?? []).entries()) {
    square += (Number(data[i]) - value) ** 2;
    all += value ** 2;
  }
  return Math.sqrt(square / all);
}

describe.skipIf(browserPath === undefined)(`the page${noBrowser}`, () => {
  test.each([
    ["ResNet-like", "resnet", undefined],
    ["VGG-like", "vgg", undefined],
    ["DenseNet-like", "densenet", undefined],
    ["Inception-like", "inception", undefined],
    ["ViT-like", "vit", undefined],
    ["Detector", "detector", "top"],
    ["Segmenter", "segmenter", undefined],
  ])(
    "%s is explained as on Node.js, before anything is asked",
    async (title, name, target) => {
      await chooseShipped(opened.page, title);
      expect(await opened.page.locator(".facts").textContent()).toMatch(/128 x 128/);
      expect(await differenceFromNode(name, picture, target)).toBeLessThan(1e-4);
    },
    120_000,
  );

  test.skipIf(!existsSync(shared)).each(["squeezenet1.1.onnx", "mobilenetv2.onnx"])(
    `%s too${existsSync(shared) ? "" : " (skipped: ../shared is missing)"}`,
    async (name) => {
      const model = join(shared, "models", name);
      // Every decoder makes the same numbers of a PNG.
      const photo = join(shared, "photos/pytorch_grad_cam_both.png");
      const { page } = opened;
      await openNetwork(page, [model]);
      await openPicture(page, photo);
      await page.waitForSelector(".seen", { timeout: 90_000 });
      await rest(page);
      expect(await differenceFromNode(model, photo, undefined)).toBeLessThan(1e-4);
    },
    120_000,
  );

  test("a class that is clicked is explained, and one that is clicked in the second row is what it is contrasted with", async () => {
    const { page } = opened;
    await chooseShipped(page, "VGG-like");
    await page.locator(".pictures button").first().click();
    await rest(page);
    const second = page.getByRole("group", { name: "What is explained" }).getByRole("button").nth(1);
    const name = (await second.textContent())?.replace(/ [\d.<>]+ %$/, "") ?? "";
    await second.click();
    await rest(page);
    expect(await page.locator(".verdict").textContent()).toBe(name);
    expect(await differenceFromNode("vgg", picture, name)).toBeLessThan(1e-4);
    const rival = page.getByRole("group", { name: "What it is contrasted with" }).getByRole("button").nth(1);
    const other = await rival.textContent();
    await rival.click();
    await rest(page);
    expect(await page.locator(".verdict").textContent()).toBe(`${name} not ${other}`);
    expect(await page.locator(".line code").textContent()).toContain(
      `--target '${name}' --against '${other}'`,
    );
  }, 90_000);

  test("the compiled network is the file that the command line writes", async () => {
    const { page } = opened;
    await page.getByRole("button", { name: "anything else" }).click();
    await rest(page);
    const bytes = readFileSync(await saved(page, "compiled .onnx"));
    await using network = await openOnNode("vgg");
    const path = join(folder, "compiled.onnx");
    await network.compile(path);
    expect(bytes.equals(readFileSync(path))).toBe(true);
    expect(readModelFile(path).model.graph.outputs.length).toBeGreaterThan(1);
  }, 60_000);

  test("a click on the picture explains the box there, and of a segmenter what the place is taken for", async () => {
    const { page } = opened;
    const { width = 0 } = (await page.locator("figure.map onnx-lrp-map canvas").boundingBox()) ?? {};
    const position = { x: (80.5 / 128) * width, y: (50.5 / 128) * width };
    await chooseShipped(page, "Detector");
    await page.locator("figure.map onnx-lrp-map canvas").click({ position });
    await rest(page);
    expect(await page.locator(".verdict").textContent()).toBe("ringed triangle box:80,50");
    expect(await page.locator(".boxes rect.chosen").count()).toBe(1);
    await chooseShipped(page, "Segmenter");
    await page.locator("figure.map onnx-lrp-map canvas").click({ position });
    await rest(page);
    expect(await page.locator(".verdict").textContent()).toBe("ringed triangle @80,50");
  }, 90_000);

  test("the map is read by the keyboard, and changed by its switches", async () => {
    const { page } = opened;
    const map = page.locator("figure.map onnx-lrp-map");
    await map.locator("canvas").focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowRight");
    expect(await map.locator(".readout").textContent()).toMatch(/^[+−].*x \d+, y \d+$/);
    await page.keyboard.press("Escape");
    const before = await map.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL());
    await map.locator("input[value=against]").check({ force: true });
    await expect
      .poll(() => map.locator("canvas").evaluate((canvas: HTMLCanvasElement) => canvas.toDataURL()))
      .not.toBe(before);
    expect(await map.getAttribute("sign")).toBe("against");
    await map.locator("input[value=both]").check({ force: true });
  });

  test("the relevance graph shows what reached a layer", async () => {
    const { page } = opened;
    await chooseShipped(page, "ResNet-like");
    await page.getByText("The way relevance takes").click();
    await page.waitForSelector(".drawing svg", { timeout: 30_000 });
    const node = page.locator('.drawing [data-value="/stages/stages.7/Add_output_0"]');
    await node.focus();
    await page.keyboard.press("Enter");
    await page.waitForSelector(".layer dl", { timeout: 60_000 });
    expect(await page.locator(".layer dd").first().textContent()).toBe("128 x 8 x 8");
    // Where one points at the map, the layer's map shows the same place.
    await page.locator("figure.map onnx-lrp-map canvas").focus();
    await page.keyboard.press("Home");
    expect(await page.locator(".layer onnx-lrp-map .readout").textContent()).toMatch(/x \d, y \d$/);
    await page.getByText("The way relevance takes").click();
  }, 90_000);

  test("a network that is refused says what the command line says, and what explains it nevertheless", async () => {
    const { page } = opened;
    const model = refusedNetwork();
    await openNetwork(page, [model]);
    const text = await page.locator(".refused").textContent({ timeout: 60_000 });
    expect(text).toContain(
      'The Hardmax node "/features/features.8/Relu" lies between the picture and the class scores',
    );
    expect(text).toContain("use --method occlusion, rise, lime or kernel-shap, which need no rules");
    // Nobody waits for what is cancelled.
    await page.getByRole("button", { name: "rise", exact: true }).click();
    await page.waitForSelector(".progress progress", { timeout: 60_000 });
    await page.getByRole("button", { name: "Cancel" }).click();
    await rest(page);
    await page.getByRole("button", { name: "occlusion", exact: true }).click();
    await page.waitForSelector(".seen", { timeout: 90_000 });
    await rest(page);
    expect(await page.locator(".line code").textContent()).toContain("--method occlusion");
  }, 180_000);

  test("a broken file, and one of 300 MB without a model in it, are refused in a sentence", async () => {
    const { page } = opened;
    const broken = join(folder, "broken.onnx");
    writeFileSync(broken, readFileSync(join(models, "networks/vgg.onnx")).subarray(0, 100_000));
    await openNetwork(page, [broken]);
    await expect
      .poll(() => page.locator(".refused").textContent(), { timeout: 30_000 })
      .toMatch(/broken\.onnx cannot be explained.*is not an ONNX model, or only a part of one/);
    const large = join(folder, "large.onnx");
    writeFileSync(large, "");
    truncateSync(large, 300 * 2 ** 20);
    await openNetwork(page, [large]);
    await expect
      .poll(() => page.locator(".refused").textContent(), { timeout: 60_000 })
      .toMatch(/large\.onnx cannot be explained/);
  }, 120_000);

  test("what is dropped or pasted is opened", async () => {
    const { page } = opened;
    await page.evaluate(async () => {
      const file = async (address: string, name: string, type: string) =>
        new File([await (await fetch(address)).blob()], name, { type });
      const dropped = new DataTransfer();
      dropped.items.add(await file("./networks/detector.onnx", "dropped.onnx", ""));
      dropped.items.add(await file("./pictures/striped-star.png", "dropped.png", "image/png"));
      document.dispatchEvent(
        new DragEvent("drop", { dataTransfer: dropped, bubbles: true, cancelable: true }),
      );
    });
    await page.waitForSelector(".seen", { timeout: 90_000 });
    await rest(page);
    expect(await page.locator(".line code").textContent()).toContain("dropped.onnx dropped.png");
    expect(await page.locator(".verdict").textContent()).toContain("striped star");
    await page.evaluate(async () => {
      const picture = await (await fetch("./pictures/dotted-disc.png")).blob();
      const pasted = new DataTransfer();
      pasted.items.add(new File([picture], "pasted.png", { type: "image/png" }));
      document.dispatchEvent(new ClipboardEvent("paste", { clipboardData: pasted, bubbles: true }));
    });
    await page.getByText("pasted.png", { exact: true }).waitFor();
    await rest(page);
    expect(await page.locator(".verdict").textContent()).toContain("dotted disc");
  }, 90_000);

  test("external data that a network lacks can be opened after it", async () => {
    const { page } = opened;
    const model = readModel(readFileSync(join(models, "networks/vgg.onnx")), "vgg");
    const initializers = new Map(model.graph.initializers);
    const moved = [...initializers].find(([, { dims }]) => dims.length === 4 && dims[0] === 32);
    const [name = "", tensor] = moved ?? [];
    if (tensor?.storage.kind !== "raw") throw new Error("vgg has no such weights");
    const { bytes } = tensor.storage;
    const storage = { kind: "external", location: "weights.bin", offset: 0, length: bytes.length } as const;
    initializers.set(name, { ...tensor, storage });
    writeFileSync(join(folder, "weights.bin"), bytes);
    const path = join(folder, "split.onnx");
    writeFileSync(path, writeModel({ ...model, graph: { ...model.graph, initializers } }));
    await openNetwork(page, [path]);
    await page.getByText("Drop the missing files too").waitFor({ timeout: 30_000 });
    await openNetwork(page, [join(folder, "weights.bin")]);
    await openPicture(page, picture);
    await page.waitForSelector(".seen", { timeout: 60_000 });
    await rest(page);
    expect(await page.locator(".name b").first().textContent()).toBe("split.onnx");
  }, 90_000);

  test("asks no other host for anything, and complains of nothing", () => {
    const own = (address: string) => address.startsWith(built.address) || address.startsWith("blob:");
    expect(opened.requested.filter((address) => !own(address))).toEqual([]);
    expect(opened.requested.length).toBeGreaterThan(20);
    expect(opened.complaints).toEqual([]);
  });

  test("first loads at most 150 kB of code, and fits on a phone, in the dark", async () => {
    const options = { viewport: { width: 390, height: 844 }, isMobile: true, colorScheme: "dark" } as const;
    const { page, requested, complaints, close } = await built.open(options);
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await page.waitForLoadState("networkidle");
    expect(await overflow()).toBe(0);
    expect(compressed(requested)).toBeLessThan(150_000);
    await page.locator(".example").click();
    await page.waitForSelector(".seen", { timeout: 90_000 });
    await rest(page);
    expect(await overflow()).toBe(0);
    // With the engine and all libraries but onnxruntime.
    expect(compressed(requested)).toBeLessThan(240_000);
    expect(complaints).toEqual([]);
    await close();
  }, 120_000);
});

/** Bytes of the code that was asked for, onnxruntime apart, as a server would send them. */
function compressed(requested: readonly string[]): number {
  const paths = new Set(requested.map((address) => new URL(address).pathname.slice(1) || "index.html"));
  const code = [...paths].filter((path) => /\.(js|css|html)$/.test(path) && !/\bort\./.test(path));
  expect(code.length).toBeGreaterThan(2);
  return code.reduce(
    (sum, path) => sum + gzipSync(readFileSync(join(built.folder, path)), { level: 9 }).length,
    0,
  );
}
