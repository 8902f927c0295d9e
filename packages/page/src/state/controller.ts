/** What the page does when something is dropped, chosen or clicked. */
import { type Engine, type MethodChoice, type Refusal, RefusedError } from "../engine/engine.ts";
import { sortFiles } from "./files.ts";
import { firstState, type PageState, type PictureState } from "./page-state.ts";
import { saveFile } from "./save-file.ts";
import { fetchFile, pictureAddress, shipped } from "./shipped.ts";
import { createStore, type Store } from "./store.ts";

export interface Controller {
  readonly store: Store<PageState>;
  /** Whatever was dropped, pasted or chosen. */
  addFiles(files: readonly File[]): Promise<void>;
  openShipped(name: string): Promise<void>;
  showShipped(name: string): Promise<void>;
  /** @param target as `--target` takes it, or a pixel; undefined for the most probable class */
  explain(target: PageState["target"]): void;
  contrast(against: string | undefined): void;
  choose(choice: MethodChoice): void;
  cancel(): void;
  showGraph(shown: boolean): void;
  showLayer(value: string): void;
  point(place: PageState["probe"]): void;
  /** @param name of the file that the browser saves */
  compile(name: string): Promise<void>;
  say(notice: string | undefined): void;
}

export function createController(engine: Engine): Controller {
  const store = createStore<PageState>(firstState);
  /** Of the question at hand; a new one ends it. */
  let running = new AbortController();
  /** The model with what belongs to it. */
  let model: readonly File[] = [];
  let opening = 0;

  async function open(files: readonly File[], name: string, from: string | undefined): Promise<void> {
    running.abort();
    model = files;
    opening += 1;
    const turn = opening;
    store.set({
      network: { kind: "opening", name },
      ...{ answer: { kind: "none" }, target: undefined, against: undefined, choice: {}, notice: undefined },
      ...{ graph: undefined, layer: undefined, working: undefined },
    });
    try {
      const summary = await engine.open(files);
      if (turn !== opening) return;
      if (store.get().methods.length === 0) store.set({ methods: await engine.methods() });
      store.set({ network: { kind: "open", summary, shipped: from } });
      if (store.get().picture === undefined && from !== undefined) {
        await showShipped(shipped.pictures[0] ?? "");
      } else ask();
      if (store.get().graphShown) void drawGraph();
    } catch (error) {
      if (turn === opening) store.set({ network: { kind: "refused", name, refusal: refusalOf(error) } });
    }
  }

  function show(picture: PictureState): void {
    const before = store.get().picture?.address;
    if (before?.startsWith("blob:") === true) URL.revokeObjectURL(before);
    // Boxes and places are those of the picture before; a class is asked for again.
    const { target } = store.get();
    const stays = typeof target === "string" && !/^box:|@/.test(target);
    store.set({ picture, target: stays ? target : undefined, notice: undefined });
    ask();
  }

  function showFile(file: File): void {
    const isArray = /\.np[yz]$/i.test(file.name);
    show({
      name: file.name,
      file,
      address: isArray ? undefined : URL.createObjectURL(file),
      shipped: undefined,
    });
  }

  async function showShipped(name: string): Promise<void> {
    try {
      const file = await fetchFile(pictureAddress(name), `${name}.png`);
      show({ name: file.name, file, address: pictureAddress(name), shipped: name });
    } catch (error) {
      store.set({ notice: refusalOf(error).text });
    }
  }

  /** Asks the question at hand, where network and picture are there. */
  function ask(): void {
    void explainNow();
    const { layer } = store.get();
    if (layer !== undefined) void explainLayer(layer.value);
  }

  async function explainNow(): Promise<void> {
    const { network, picture, choice, target, against } = store.get();
    running.abort();
    if (network.kind !== "open" || picture === undefined) return;
    const { refusal } = network.summary;
    if (refusal !== undefined && choice.method === undefined && choice.unknown === undefined) {
      store.set({ answer: { kind: "refused", refusal }, working: undefined });
      return;
    }
    running = new AbortController();
    const { signal } = running;
    store.set({ working: { passes: undefined } });
    try {
      const answer = await engine.explain(
        picture.file,
        { ...choice, target, against },
        { signal, onPasses: (passes) => !signal.aborted && store.set({ working: { passes } }) },
      );
      if (!signal.aborted) store.set({ answer: { kind: "shown", answer }, working: undefined });
    } catch (error) {
      if (signal.aborted) return;
      store.set({ answer: { kind: "refused", refusal: refusalOf(error) }, working: undefined });
    }
  }

  async function drawGraph(): Promise<void> {
    const { choice } = store.get();
    try {
      const svg = await engine.drawGraph(choice);
      if (store.get().choice === choice) store.set({ graph: { svg } });
    } catch (error) {
      store.set({ graph: undefined, notice: refusalOf(error).text });
    }
  }

  async function explainLayer(value: string): Promise<void> {
    const { picture, choice, target, against } = store.get();
    if (picture === undefined) return;
    const isHere = () => store.get().layer?.value === value;
    store.set({ layer: { kind: "waiting", value } });
    try {
      const answer = await engine.explain(picture.file, { ...choice, target, against, layer: value });
      if (isHere()) store.set({ layer: { kind: "shown", value, answer } });
    } catch (error) {
      if (isHere()) store.set({ layer: { kind: "refused", value, refusal: refusalOf(error) } });
    }
  }

  return {
    store,
    showShipped,
    async addFiles(files) {
      const { models, companions, pictures } = sortFiles(files);
      const [file, another] = models;
      const [picture] = pictures;
      if (another !== undefined) store.set({ notice: "One network at a time: the first one was opened." });
      if (picture !== undefined && file !== undefined) {
        store.set({ answer: { kind: "none" } });
        showFile(picture);
      }
      if (file !== undefined) await open([file, ...companions], file.name, undefined);
      else if (picture !== undefined) showFile(picture);
      else if (companions.length > 0 && model[0] !== undefined) {
        // What a model lacked, such as its external data.
        const names = new Set(companions.map(({ name }) => name));
        const kept = model.filter(({ name }) => !names.has(name));
        await open([...kept, ...companions], model[0].name, undefined);
      } else if (companions.length > 0) {
        const [{ name } = { name: "" }] = companions;
        store.set({ notice: `"${name}" is neither a network (.onnx) nor a picture.` });
      }
    },
    async openShipped(name) {
      try {
        store.set({ network: { kind: "opening", name } });
        await open([await fetchFile(`./networks/${name}.onnx`, `${name}.onnx`)], name, name);
      } catch (error) {
        store.set({ network: { kind: "refused", name, refusal: refusalOf(error) } });
      }
    },
    explain(target) {
      const { against } = store.get();
      store.set({ target, against: against === target ? undefined : against });
      ask();
    },
    contrast(against) {
      store.set({ against });
      ask();
    },
    choose(choice) {
      store.set({ choice, graph: undefined });
      ask();
      if (store.get().graphShown) void drawGraph();
    },
    cancel() {
      running.abort();
      const { answer, choice } = store.get();
      // What was refused stays refused by the method that it was asked of.
      store.set({ working: undefined, choice: answer.kind === "refused" ? {} : choice });
    },
    showGraph(graphShown) {
      store.set({ graphShown });
      if (graphShown && store.get().graph === undefined) void drawGraph();
    },
    showLayer(value) {
      void explainLayer(value);
    },
    point(probe) {
      // Nobody follows it while no layer is shown.
      if (store.get().layer !== undefined) store.set({ probe });
    },
    async compile(name) {
      const { choice, against } = store.get();
      try {
        const bytes = await engine.compile({ ...choice, contrast: against !== undefined });
        saveFile(name, new Blob([bytes]));
      } catch (error) {
        store.set({ notice: refusalOf(error).text });
      }
    },
    say(notice) {
      store.set({ notice });
    },
  };
}

function refusalOf(error: unknown): Refusal {
  if (error instanceof RefusedError) return error.refusal;
  const text = error instanceof Error ? error.message : String(error);
  return { text, methods: [], unknown: [], lacksData: false };
}
