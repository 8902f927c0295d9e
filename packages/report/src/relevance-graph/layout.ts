/**
 * Where the blocks and edges of a relevance graph stand: the picture on top, the logits at the foot, in as many columns
 * as make a page of it.
 *
 * A box through which every way from the picture leads is a joint. dagre lays out what is between two joints, which
 * keeps its time in bounds (it grows much faster than the graph), and a column can end at a joint.
 */
import { Graph, layout } from "@dagrejs/dagre";

export interface Point {
  readonly x: number;
  readonly y: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

export interface Link {
  /** Indices into the boxes, the first being the smaller one. */
  readonly from: number;
  readonly to: number;
}

/** A sign at the foot of a column and on top of the next, where the graph goes on. */
export interface Turn {
  /** The joint at which the column ends. */
  readonly box: number;
  /** The middle of each sign. */
  readonly foot: Point;
  readonly top: Point;
}

/** Pixels from the top left. */
export interface Placed extends Size {
  /** The middle of each box. */
  readonly boxes: readonly Point[];
  /** For each link the points that it runs by, from the border of one box to that of the other. */
  readonly links: readonly (readonly Point[])[];
  readonly turns: readonly Turn[];
}

/** Pixels between boxes. */
export const spaces = { nodes: 28, edges: 14, ranks: 30, columns: 56 } as const;

/** Width over height that columns are made for. */
const shape = 1.4;
/** What fits on a page in one column. */
const shortEnough = 1500;

/**
 * @param boxes in an order in which links lead forward; every way leads from the first to the last
 * @param sign the size of the signs at the ends of columns
 */
export function placeBoxes(boxes: readonly Size[], links: readonly Link[], sign: Size): Placed {
  const stretches = stretchesOf(boxes, links).map((stretch) => ({ stretch, placed: placeStretch(stretch) }));
  const columns = columnsOf(stretches).map((column, i, all) =>
    placeColumn(column, i > 0 ? sign : undefined, i + 1 < all.length ? sign : undefined),
  );
  const at: Point[] = [];
  const lines: (readonly Point[])[] = [];
  const turns: Turn[] = [];
  let [left, height] = [0, 0];
  for (const [i, { bounds, ...column }] of columns.entries()) {
    const shift = ({ x, y }: Point): Point => ({ x: x + left - bounds.left, y });
    for (const [box, point] of column.boxes) at[box] = shift(point);
    for (const [link, points] of column.links) lines[link] = points.map(shift);
    const before = turns.at(-1);
    if (before !== undefined && column.top !== undefined) {
      turns[turns.length - 1] = { ...before, top: shift(column.top) };
    }
    if (i + 1 < columns.length) turns.push({ box: column.last, foot: shift(column.foot), top: column.foot });
    left += bounds.right - bounds.left + spaces.columns;
    height = Math.max(height, bounds.bottom);
  }
  return { boxes: at, links: lines, turns, width: left - spaces.columns, height };
}

/** The part of a graph between two joints, both included. */
interface Stretch {
  readonly first: number;
  readonly last: number;
  /** From the first to the last. */
  readonly boxes: readonly Size[];
  readonly links: readonly (Link & { readonly index: number })[];
}

function stretchesOf(boxes: readonly Size[], links: readonly Link[]): Stretch[] {
  const from: Stretch["links"][number][][] = boxes.map(() => []);
  for (const [index, link] of links.entries()) from[link.from]?.push({ ...link, index });
  const joints: number[] = [];
  let reached = 0;
  for (const [i, own] of from.entries()) {
    if (reached <= i) joints.push(i);
    reached = own.reduce((most, { to }) => Math.max(most, to), reached);
  }
  return joints.slice(1).map((last, i) => {
    const first = joints[i] ?? 0;
    return { first, last, boxes: boxes.slice(first, last + 1), links: from.slice(first, last).flat() };
  });
}

interface PlacedStretch {
  readonly boxes: ReadonlyMap<number, Point>;
  readonly links: ReadonlyMap<number, readonly Point[]>;
  readonly bounds: Bounds;
}

/** The top is at 0. */
interface Bounds {
  readonly left: number;
  readonly right: number;
  readonly bottom: number;
}

/** What is used of dagre's graph, whose own types come out as `any` where modules are resolved as Node does. */
interface LayoutGraph {
  setGraph(label: object): unknown;
  setNode(name: string, size: Size): unknown;
  setEdge(from: string, to: string, label: object): unknown;
  node(name: string): Size & Partial<Point>;
  edge(from: string, to: string): { readonly points?: readonly Point[] };
}

function placeStretch({ first, boxes, links }: Stretch): PlacedStretch {
  const graph: LayoutGraph = new Graph();
  graph.setGraph({ rankdir: "TB", nodesep: spaces.nodes, edgesep: spaces.edges, ranksep: spaces.ranks });
  for (const [i, { width, height }] of boxes.entries()) graph.setNode(`${first + i}`, { width, height });
  for (const { from, to } of links) graph.setEdge(`${from}`, `${to}`, {});
  layout(graph);
  const places = boxes.map((size, i) => {
    const { x = 0, y = 0 } = graph.node(`${first + i}`);
    return { ...size, x, y };
  });
  const lines = links.map(({ from, to, index }) => {
    return [index, graph.edge(`${from}`, `${to}`).points ?? []] as const;
  });
  const across = lines.flatMap(([, points]) => points.map(({ x }) => ({ x, width: 0 }))).concat(places);
  return {
    boxes: new Map(places.map(({ x, y }, i) => [first + i, { x, y }])),
    links: new Map(lines),
    bounds: {
      left: across.reduce((least, { x, width }) => Math.min(least, x - width / 2), Infinity),
      right: across.reduce((most, { x, width }) => Math.max(most, x + width / 2), -Infinity),
      bottom: places.reduce((most, { y, height }) => Math.max(most, y + height / 2), 0),
    },
  };
}

interface Part {
  readonly stretch: Stretch;
  readonly placed: PlacedStretch;
}

/** Columns of about the same height, so many that they make a page. */
function columnsOf(parts: readonly Part[]): Part[][] {
  const heights = parts.map(({ stretch, placed }) => placed.bounds.bottom - (stretch.boxes[0]?.height ?? 0));
  const whole = heights.reduce((sum, height) => sum + height, 0);
  const wide =
    Math.max(...parts.map(({ placed: { bounds } }) => bounds.right - bounds.left)) + spaces.columns;
  const count = whole < shortEnough ? 1 : Math.max(1, Math.round(Math.sqrt((shape * whole) / wide)));
  const columns: Part[][] = [];
  let above = 0;
  for (const [i, part] of parts.entries()) {
    const height = heights[i] ?? 0;
    // It belongs to the column that its middle falls into.
    const middle = above + height / 2;
    const column = Math.min(count - 1, Math.floor((middle / whole) * count));
    if (column > columns.length - 1 || columns.length === 0) columns.push([part]);
    else columns.at(-1)?.push(part);
    above += height;
  }
  return columns;
}

interface Column extends PlacedStretch {
  /** Where the sign above stands. */
  readonly top: Point | undefined;
  /** Where the sign below stands, or would. */
  readonly foot: Point;
  readonly last: number;
}

/**
 * One stretch under the other: the joint between two stands in the same place for both. A sign above takes the place of
 * the first joint, at its lower border.
 */
function placeColumn(parts: readonly Part[], above: Size | undefined, below: Size | undefined): Column {
  const boxes = new Map<number, Point>();
  const links = new Map<number, readonly Point[]>();
  const [begin] = parts;
  const first = begin?.stretch.boxes[0]?.height ?? 0;
  const raised = above === undefined ? 0 : first - above.height;
  let bounds: Bounds = { left: Infinity, right: -Infinity, bottom: 0 };
  let joint = moved(begin?.placed.boxes.get(begin.stretch.first), 0, -raised);
  let last = 0;
  for (const { stretch, placed } of parts) {
    const start = placed.boxes.get(stretch.first) ?? joint;
    const [dx, dy] = [joint.x - start.x, joint.y - start.y];
    for (const [box, point] of placed.boxes) boxes.set(box, moved(point, dx, dy));
    for (const [link, points] of placed.links) {
      links.set(
        link,
        points.map((point) => moved(point, dx, dy)),
      );
    }
    bounds = {
      left: Math.min(bounds.left, placed.bounds.left + dx),
      right: Math.max(bounds.right, placed.bounds.right + dx),
      bottom: placed.bounds.bottom + dy,
    };
    last = stretch.last;
    joint = boxes.get(last) ?? joint;
  }
  let top: Point | undefined;
  if (above !== undefined && begin !== undefined) {
    top = moved(boxes.get(begin.stretch.first), 0, raised / 2);
    boxes.delete(begin.stretch.first);
  }
  const under = below === undefined ? 0 : spaces.ranks + below.height;
  const foot = { x: joint.x, y: bounds.bottom + under - (below?.height ?? 0) / 2 };
  return { boxes, links, top, foot, last, bounds: { ...bounds, bottom: bounds.bottom + under } };
}

function moved(point: Point | undefined, dx: number, dy: number): Point {
  return { x: (point?.x ?? 0) + dx, y: (point?.y ?? 0) + dy };
}
