import type { Heatmap } from "@onnx-lrp/core/maps";
import { divergingColour, endText, formatNumber } from "@onnx-lrp/pictures/internal";
import { type Controls, createControls, make } from "./controls.ts";
import { lookFrom, type MapLook } from "./look.ts";
import {
  type ColouredMap,
  canvasSize,
  colouredMap,
  type MapPicture,
  paintedMap,
  paintedOverlay,
} from "./paint.ts";
import { mapStyle } from "./style.ts";

/** A pixel of a map with its relevance, which is that of the map itself, not smoothed. */
export interface MapPlace {
  readonly x: number;
  readonly y: number;
  readonly value: number;
}

// Where there is no document, as on servers that render pages, the class can be imported and nothing made of it.
const Base: typeof HTMLElement = globalThis.HTMLElement ?? class {};

/**
 * `<onnx-lrp-map>`: a relevance map over its picture, red for the class and blue against it. Pointing at it, or arrow keys on it,
 * show the relevance of a pixel.
 *
 * Attributes: `view`, `sign`, `smoothing`, `scale`, `opacity` (`MapLook`), `controls` for switches of all these, and `label`, what
 * the map is, for those who do not see it. What lies in the element is drawn over the map, such as boxes.
 *
 * Events: `probe` where another pixel is pointed at (`detail` a `MapPlace`, or null), `choose` where one is clicked, or Enter is
 * pressed on it.
 */
export class OnnxLrpMap extends Base {
  static readonly observedAttributes = ["view", "sign", "smoothing", "scale", "opacity", "controls", "label"];

  #picture: MapPicture | undefined;
  #heatmap: Heatmap | undefined;
  #coloured: { readonly key: string; readonly map: ColouredMap } | undefined;
  #place: { readonly x: number; readonly y: number } | undefined;
  #drawn = false;
  readonly #canvas = make("canvas", { tabIndex: 0 });
  readonly #marker = make("span", { className: "marker", hidden: true });
  readonly #value = make("b", {});
  readonly #where = make("span", {});
  readonly #ends = { against: make("span", {}), for: make("span", {}) };
  readonly #status = make("div", { className: "unseen" });
  readonly #controls: Controls;

  constructor() {
    super();
    this.#controls = createControls((name, value) => this.setAttribute(name, value));
    this.#canvas.setAttribute("role", "img");
    this.#status.setAttribute("role", "status");
    const root = this.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(mapStyle);
    root.adoptedStyleSheets = [sheet];
    const bar = make("div", { className: "bar" });
    bar.style.background = `linear-gradient(90deg,${colours().join(",")})`;
    const readout = make("div", { className: "readout" }, this.#value, this.#where);
    root.append(
      make(
        "div",
        { className: "stage" },
        this.#canvas,
        make("div", { className: "over" }, make("slot", {})),
        this.#marker,
      ),
      make("div", { className: "key" }, this.#ends.against, bar, this.#ends.for, readout),
      this.#controls.element,
      this.#status,
    );
    this.#listen();
  }

  /** The picture as the network sees it; it is drawn in the map's size. */
  get picture(): MapPicture | undefined {
    return this.#picture;
  }

  set picture(picture: MapPicture | undefined) {
    this.#picture = picture;
    this.#redraw();
  }

  /** One value for each pixel, row by row: positive speaks for the class, negative against it. */
  get heatmap(): Heatmap | undefined {
    return this.#heatmap;
  }

  set heatmap(heatmap: Heatmap | undefined) {
    this.#heatmap = heatmap;
    this.#coloured = undefined;
    if (heatmap === undefined || !isInside(heatmap, this.#place)) this.#place = undefined;
    this.#redraw();
  }

  /** How the map is shown. */
  get look(): MapLook {
    return lookFrom((name) => this.getAttribute(name));
  }

  /** The pixel that is pointed at; set it to show the same place in several maps. */
  get place(): MapPlace | undefined {
    const [map, place] = [this.#heatmap, this.#place];
    if (map === undefined || place === undefined) return undefined;
    return { ...place, value: map.values[place.y * map.width + place.x] ?? 0 };
  }

  set place(place: { readonly x: number; readonly y: number } | undefined) {
    this.#place = place;
    this.#describe();
  }

  /** What is seen, as a PNG. */
  png(): Promise<Blob> {
    this.#draw();
    return new Promise((resolve, reject) => {
      this.#canvas.toBlob((blob) =>
        blob === null ? reject(new Error("The canvas is empty.")) : resolve(blob),
      );
    });
  }

  connectedCallback(): void {
    this.#redraw();
  }

  attributeChangedCallback(): void {
    this.#redraw();
  }

  /** At the end of the turn, so that several changes are drawn once. */
  #redraw(): void {
    this.#drawn = false;
    queueMicrotask(() => {
      if (!this.#drawn && this.isConnected) this.#draw();
    });
  }

  #draw(): void {
    this.#drawn = true;
    const look = this.look;
    this.#controls.show(look);
    this.#controls.element.hidden = !this.hasAttribute("controls");
    this.#canvas.setAttribute("aria-label", this.getAttribute("label") ?? "Relevance map");
    const heatmap = this.#heatmap ?? blank(this.#picture);
    if (heatmap === undefined) return;
    const size = canvasSize(heatmap);
    Object.assign(this.#canvas, size);
    this.#canvas.classList.toggle("pixels", look.view === "map");
    const context = this.#canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) return;
    const picture = this.#picture;
    const coloured = this.#colouredFor(heatmap, look);
    if (look.view !== "map" && picture !== undefined) {
      drawScaled(context, picture, size);
      if (look.view === "overlay" && this.#heatmap !== undefined) {
        const under = context.getImageData(0, 0, size.width, size.height);
        context.putImageData(new ImageData(paintedOverlay(under, coloured, look), size.width), 0, 0);
      }
    } else {
      const alone = { width: heatmap.width, height: heatmap.height, data: paintedMap(coloured, look) };
      drawScaled(context, alone, size, false);
    }
    const { full, strongest } = coloured;
    const end = full > 0 ? endText(full, strongest) : "";
    this.#ends.against.textContent = end === "" ? "no relevance" : `against −${end}`;
    this.#ends.for.textContent = end === "" ? "" : `+${end} of the strongest pixel`;
    this.#describe();
  }

  #colouredFor(heatmap: Heatmap, look: MapLook): ColouredMap {
    const key = `${look.smoothing} ${look.scale}`;
    if (this.#coloured?.key !== key) this.#coloured = { key, map: colouredMap(heatmap, look) };
    return this.#coloured.map;
  }

  #describe(): void {
    const [place, map] = [this.place, this.#heatmap];
    this.#marker.hidden = place === undefined;
    this.#value.textContent = place === undefined ? "" : signed(place.value);
    this.#where.textContent =
      place !== undefined
        ? `x ${place.x}, y ${place.y}`
        : map === undefined
          ? ""
          : "point at a pixel to read it";
    if (place === undefined || map === undefined) return;
    this.#marker.style.left = `${((place.x + 0.5) / map.width) * 100}%`;
    this.#marker.style.top = `${((place.y + 0.5) / map.height) * 100}%`;
  }

  #pointAt(place: { readonly x: number; readonly y: number } | undefined): void {
    if (place?.x === this.#place?.x && place?.y === this.#place?.y) return;
    this.place = place;
    this.dispatchEvent(new CustomEvent("probe", { detail: this.place ?? null }));
  }

  #choose(): void {
    if (this.place !== undefined) this.dispatchEvent(new CustomEvent("choose", { detail: this.place }));
  }

  #placeUnder({ clientX, clientY }: MouseEvent): { x: number; y: number } | undefined {
    const map = this.#heatmap ?? blank(this.#picture);
    if (map === undefined) return undefined;
    const box = this.#canvas.getBoundingClientRect();
    return {
      x: within(Math.floor(((clientX - box.left) / box.width) * map.width), map.width),
      y: within(Math.floor(((clientY - box.top) / box.height) * map.height), map.height),
    };
  }

  #listen(): void {
    const canvas = this.#canvas;
    canvas.addEventListener("pointermove", (event) => this.#pointAt(this.#placeUnder(event)));
    canvas.addEventListener("pointerdown", (event) => this.#pointAt(this.#placeUnder(event)));
    canvas.addEventListener("click", () => this.#choose());
    canvas.addEventListener("pointerleave", (event) => {
      // A finger's last place stays to be read.
      if (event.pointerType !== "touch") this.#pointAt(undefined);
    });
    canvas.addEventListener("blur", () => this.#pointAt(undefined));
    canvas.addEventListener("keydown", (event) => this.#press(event));
  }

  /** Arrows move by a pixel, with Shift by ten; Home goes to the strongest one, Enter chooses, Escape leaves. */
  #press(event: KeyboardEvent): void {
    const map = this.#heatmap;
    if (map === undefined) return;
    if (event.key === "Escape") this.#pointAt(undefined);
    if (event.key === "Enter" || event.key === " ") this.#choose();
    const step = steps.get(event.key);
    if (step === undefined && event.key !== "Home" && event.key !== " ") return;
    event.preventDefault();
    if (event.key === " ") return;
    const stride = event.shiftKey ? 10 : 1;
    const from = this.#place;
    const to =
      step === undefined || from === undefined
        ? strongest(map)
        : {
            x: within(from.x + step[0] * stride, map.width),
            y: within(from.y + step[1] * stride, map.height),
          };
    this.#pointAt(to);
    this.#status.textContent = `${signed(this.place?.value ?? 0)} at x ${to.x}, y ${to.y}`;
  }
}

const steps: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["ArrowLeft", [-1, 0]],
  ["ArrowRight", [1, 0]],
  ["ArrowUp", [0, -1]],
  ["ArrowDown", [0, 1]],
]);

function within(value: number, size: number): number {
  return Math.max(0, Math.min(size - 1, value));
}

function isInside({ width, height }: Heatmap, place: { x: number; y: number } | undefined): boolean {
  return place !== undefined && place.x < width && place.y < height;
}

function strongest({ width, values }: Heatmap): { x: number; y: number } {
  let best = 0;
  for (const [i, value] of values.entries()) if (Math.abs(value) > Math.abs(values[best] ?? 0)) best = i;
  return { x: best % width, y: Math.floor(best / width) };
}

/** A map without relevance, in which the picture alone is shown. */
function blank(picture: MapPicture | undefined): Heatmap | undefined {
  if (picture === undefined) return undefined;
  const { width, height } = picture;
  return { width, height, values: new Float32Array(width * height) };
}

function signed(value: number): string {
  if (!Number.isFinite(value)) return "not a number";
  return `${value < 0 ? "−" : value > 0 ? "+" : ""}${formatNumber(Math.abs(value), 3)}`;
}

function colours(): string[] {
  return Array.from({ length: 17 }, (_, i) => `rgb(${divergingColour(i / 8 - 1).join(" ")})`);
}

function drawScaled(
  context: CanvasRenderingContext2D,
  { width, height, data }: MapPicture,
  size: { readonly width: number; readonly height: number },
  softly = true,
): void {
  const own = make("canvas", { width, height });
  own.getContext("2d")?.putImageData(new ImageData(Uint8ClampedArray.from(data), width, height), 0, 0);
  context.imageSmoothingEnabled = softly;
  context.imageSmoothingQuality = "high";
  context.drawImage(own, 0, 0, size.width, size.height);
}
