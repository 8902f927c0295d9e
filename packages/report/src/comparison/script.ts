/// <reference lib="dom" />
/**
 * What runs in the page of a comparison. It is an ordinary function of this package, type-checked and linted like all of it, and
 * its text goes into the page (`script-text.ts`): hence it calls nothing but what it is given and what a browser has.
 */
import type { Heatmap } from "@onnx-lrp/core";
import type {
  Look,
  Panel,
  paintMap,
  paintOverlay,
  paintUnderInk,
  repeatPlaces,
  Sign,
} from "@onnx-lrp/pictures/internal";
import type { PageMap } from "../page/map.ts";
import type { Sheet } from "./sheet.ts";

/** What the page's data holds. */
export interface ComparisonData {
  readonly look: Look;
  readonly percentile: number;
  /** What maps of each picture are drawn on. */
  readonly pictures: readonly (Omit<Sheet, "drawing" | "onto" | "note"> & {
    /** Size of the drawing: an integer number of times that of the maps. */
    readonly width: number;
    readonly height: number;
  })[];
  readonly maps: readonly (PageMap & {
    /** Number of its picture, of its row, and its words for those who do not see it. */
    readonly picture: number;
    readonly row: number;
    /** Whether it is a map of patches. */
    readonly coarse: boolean;
    readonly words: string;
  })[];
}

export interface ComparisonTools {
  readonly smooth: (map: Heatmap, sigma: number) => Heatmap;
  readonly smoothPanels: (map: Heatmap, panels: readonly Panel[], sigma: number) => Heatmap;
  readonly scaleOf: (maps: readonly Heatmap[], options: { percentile: number }) => number;
  readonly formatNumber: (value: number, digits?: number) => string;
  readonly decodeMap: (map: PageMap) => Heatmap;
  readonly paintMap: typeof paintMap;
  readonly paintOverlay: typeof paintOverlay;
  readonly paintUnderInk: typeof paintUnderInk;
  readonly repeatPlaces: typeof repeatPlaces;
}

export function comparisonScript(tools: ComparisonTools): void {
  interface Tile {
    readonly canvas: HTMLCanvasElement;
    readonly readout: Element;
    readonly marker: HTMLElement;
    readonly map: ComparisonData["maps"][number];
    readonly sheet: ComparisonData["pictures"][number];
  }

  const data: ComparisonData = JSON.parse(document.getElementById("data")?.textContent ?? "");
  const status = document.getElementById("status");
  const form = document.getElementById("controls");
  const tiles: Tile[] = [];
  for (const canvas of document.querySelectorAll("canvas")) {
    const map = data.maps[Number(canvas.dataset.map)];
    const figure = canvas.closest("figure");
    const readout = figure?.querySelector(".readout");
    const marker = figure?.querySelector<HTMLElement>(".marker");
    const sheet = data.pictures[map?.picture ?? -1];
    if (map && sheet && readout && marker) tiles.push({ canvas, readout, marker, map, sheet });
  }

  /** What was worked out once, for the smoothing at hand. */
  const raw = new Map<PageMap, Heatmap>();
  const seen = new Map<PageMap, Heatmap>();
  const scales = new Map<PageMap, number>();
  const pictures = new Map<number, ArrayLike<number>>();
  const visible = new Set<Tile>();
  const painted = new Set<Tile>();
  let probe: { picture: number; x: number; y: number } | undefined;

  function cached<K, V>(cache: Map<K, V>, key: K, make: () => V): V {
    const known = cache.get(key);
    if (known !== undefined) return known;
    const made = make();
    cache.set(key, made);
    return made;
  }

  function choice(name: string): string {
    return form?.querySelector<HTMLInputElement>(`input[name=${name}]:checked`)?.value ?? "";
  }

  function rawOf(map: PageMap): Heatmap {
    return cached(raw, map, () => tools.decodeMap(map));
  }

  function seenOf(map: Tile["map"]): Heatmap {
    return cached(seen, map, () => {
      const sheet = data.pictures[map.picture];
      const sigma = Number(choice("smoothing")) * map.width * (sheet?.smoothness ?? 1);
      return sheet?.panels === undefined
        ? tools.smooth(rawOf(map), sigma)
        : tools.smoothPanels(rawOf(map), sheet.panels, sigma);
    });
  }

  function scaleFor(tile: Tile): number {
    return cached(scales, tile.map, () => {
      const maps =
        choice("scale") === "row" ? data.maps.filter(({ row }) => row === tile.map.row) : [tile.map];
      return tools.scaleOf(maps.map(seenOf), { percentile: data.percentile });
    });
  }

  function pixelsOf(picture: number, { width, height }: Tile["sheet"]): ArrayLike<number> {
    return cached(pictures, picture, () => {
      const canvas = document.createElement("canvas");
      canvas.width = width;
      canvas.height = height;
      const context = canvas.getContext("2d");
      const image = document.getElementById(`picture-${picture}`);
      if (!context || !(image instanceof HTMLImageElement)) return [];
      context.drawImage(image, 0, 0, width, height);
      return context.getImageData(0, 0, width, height).data;
    });
  }

  function paint(tile: Tile): void {
    painted.add(tile);
    const { canvas, map, sheet } = tile;
    const [sign, scale] = [choice("sign") as Sign, scaleFor(tile)];
    const seen = seenOf(map);
    const [across, down] = [sheet.width / map.width, sheet.height / map.height];
    const alone = () =>
      tools.repeatPlaces(tools.paintMap(seen.values, scale, sign, data.look), map.width, across, down);
    const pixels = () => pixelsOf(map.picture, sheet);
    const rgba =
      choice("view") === "map"
        ? alone()
        : sheet.blend === "over"
          ? tools.paintOverlay(
              pixels(),
              seen.values,
              scale,
              sign,
              map.coarse ? { ...data.look, ...data.look.coarse } : data.look,
            )
          : tools.paintUnderInk(pixels(), seen, across, down, scale, sign, data.look);
    canvas.getContext("2d")?.putImageData(new ImageData(rgba, sheet.width, sheet.height), 0, 0);
    describe(tile);
  }

  /** The value under the pointer, or the range of colours where it is elsewhere. */
  function describe(tile: Tile): void {
    const { map, marker, readout } = tile;
    const here = probe?.picture === map.picture ? probe : undefined;
    marker.hidden = !here;
    if (!here) {
      const scale = scaleFor(tile);
      readout.textContent = scale > 0 ? `\u00b1${tools.formatNumber(scale)}` : "no relevance";
      return;
    }
    marker.style.left = `${((here.x + 0.5) / map.width) * 100}%`;
    marker.style.top = `${((here.y + 0.5) / map.height) * 100}%`;
    readout.textContent = written(rawOf(map).values[here.y * map.width + here.x] ?? 0);
  }

  function written(value: number): string {
    if (!Number.isFinite(value)) return "not a number";
    return `${value < 0 ? "\u2212" : value > 0 ? "+" : ""}${tools.formatNumber(Math.abs(value), 3)}`;
  }

  function pointAt(next: typeof probe): void {
    const [before, after] = [probe?.picture, next?.picture];
    probe = next;
    for (const tile of painted) {
      if (tile.map.picture === before || tile.map.picture === after) describe(tile);
    }
    for (const place of document.querySelectorAll<HTMLElement>("[data-place]")) {
      const here = next && Number(place.dataset.place) === next.picture;
      place.textContent = here ? placeText(next) : "";
    }
  }

  /** What lies there in the input. */
  function placeText({ picture, x, y }: { picture: number; x: number; y: number }): string {
    const places = data.pictures[picture]?.places;
    switch (places?.kind) {
      case "samples": {
        const at = (column: number) => Math.floor((column * places.length) / places.columns);
        const [from, to] = [at(x), at(x + 1) - 1];
        const row = places.rows[y] ?? "";
        return `${row === "" ? "" : `${row}, `}${from === to ? `sample ${from}` : `samples ${from} to ${to}`}`;
      }
      case "voxels": {
        const plane = places.planes.find(
          (one) => x >= one.x && x < one.x + one.width && y >= one.y && y < one.y + one.height,
        );
        if (plane === undefined) return "";
        const [right, down] = [x - plane.x, y - plane.y];
        const { depth, row, column } = {
          depth: { depth: plane.at, row: down, column: right },
          row: { depth: down, row: plane.at, column: right },
          column: { depth: right, row: down, column: plane.at },
        }[plane.across];
        return `depth ${depth}, row ${row}, column ${column}`;
      }
      case "features":
        return places.names[y] ?? "";
      default:
        return `x ${x}, y ${y}`;
    }
  }

  function strongest(map: PageMap): { x: number; y: number } {
    const { values } = rawOf(map);
    let best = 0;
    values.forEach((value, i) => {
      if (Math.abs(value) > Math.abs(values[best] ?? 0)) best = i;
    });
    return { x: best % map.width, y: Math.floor(best / map.width) };
  }

  function listen(tile: Tile): void {
    const { canvas, map } = tile;
    const inside = (value: number, size: number) => Math.max(0, Math.min(size - 1, Math.floor(value)));
    const follow = (event: PointerEvent) => {
      const box = canvas.getBoundingClientRect();
      const x = inside(((event.clientX - box.left) / box.width) * map.width, map.width);
      const y = inside(((event.clientY - box.top) / box.height) * map.height, map.height);
      pointAt({ picture: map.picture, x, y });
    };
    canvas.addEventListener("pointermove", follow);
    canvas.addEventListener("pointerdown", follow);
    canvas.addEventListener("pointerleave", (event) => {
      // A finger's last place stays to be read.
      if (event.pointerType !== "touch") pointAt(undefined);
    });
    canvas.addEventListener("blur", () => pointAt(undefined));
    canvas.addEventListener("keydown", (event) => {
      const [dx, dy] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
        event.key
      ] ?? [0, 0];
      const move = dx !== 0 || dy !== 0;
      if (event.key === "Escape") pointAt(undefined);
      if (!move && event.key !== "Home") return;
      event.preventDefault();
      const stride = event.shiftKey ? 10 : 1;
      const from = probe?.picture === map.picture ? probe : undefined;
      const to =
        move && from
          ? {
              x: inside(from.x + (dx ?? 0) * stride, map.width),
              y: inside(from.y + (dy ?? 0) * stride, map.height),
            }
          : strongest(map);
      pointAt({ picture: map.picture, ...to });
      const value = written(rawOf(map).values[to.y * map.width + to.x] ?? 0);
      if (status)
        status.textContent = `${map.words}: ${value} at ${placeText({ picture: map.picture, ...to })}`;
    });
  }

  function change(event: Event): void {
    const input = event.target;
    if (!(input instanceof HTMLInputElement)) return;
    if (input.name === "method") {
      for (const figure of document.querySelectorAll<HTMLElement>(`[data-method="${input.value}"]`)) {
        figure.hidden = !input.checked;
      }
      return;
    }
    document.body.dataset[input.name] = input.value;
    if (input.name === "size") return;
    if (input.name === "smoothing") seen.clear();
    if (input.name === "smoothing" || input.name === "scale") scales.clear();
    painted.clear();
    visible.forEach(paint);
  }

  async function start(): Promise<void> {
    document.body.dataset.view = choice("view");
    const images = [...document.querySelectorAll<HTMLImageElement>("img[id^=picture-]")];
    await Promise.all(images.map((image) => image.decode()));
    const observer = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const tile = tiles.find(({ canvas }) => canvas === target);
          if (!tile) continue;
          if (!isIntersecting) visible.delete(tile);
          else {
            visible.add(tile);
            if (!painted.has(tile)) paint(tile);
          }
        }
      },
      { rootMargin: "400px" },
    );
    for (const tile of tiles) {
      listen(tile);
      // What is seen at once does not wait for the observer.
      if (tile.canvas.getBoundingClientRect().top < innerHeight) paint(tile);
      observer.observe(tile.canvas);
    }
    form?.addEventListener("change", change);
    // Printed, all of it is seen.
    addEventListener("beforeprint", () => {
      for (const tile of tiles) if (!painted.has(tile)) paint(tile);
    });
  }

  void start();
}
