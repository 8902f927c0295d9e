/** The switches under a map. */
import { type MapLook, scales, signs, smoothings, views } from "./look.ts";

const groups = [
  { name: "view", title: "View", values: views },
  { name: "sign", title: "Sign", values: signs },
  { name: "smoothing", title: "Smoothing", values: smoothings },
  { name: "scale", title: "Colours", values: scales },
] as const;

export interface Controls {
  readonly element: HTMLElement;
  show(look: MapLook): void;
}

/** @param onChange what is chosen, by the name of the attribute */
export function createControls(onChange: (name: keyof MapLook, value: string) => void): Controls {
  const element = make("div", { className: "controls" });
  const inputs: { readonly name: keyof MapLook; readonly input: HTMLInputElement }[] = [];
  for (const { name, title, values } of groups) {
    const choices = make("div", { className: "choices" });
    for (const value of values) {
      const input = make("input", { type: "radio", name, value });
      inputs.push({ name, input });
      choices.append(make("label", {}, input, make("span", {}, value)));
    }
    element.append(make("fieldset", {}, make("legend", {}, title), choices));
  }
  const opacity = make("input", { type: "range", name: "opacity", min: "0", max: "1", step: "0.05" });
  inputs.push({ name: "opacity", input: opacity });
  element.append(make("fieldset", {}, make("legend", {}, "Opacity"), opacity));
  opacity.setAttribute("aria-label", "Opacity");
  element.addEventListener("input", ({ target }) => {
    const changed = inputs.find(({ input }) => input === target);
    if (changed !== undefined) onChange(changed.name, changed.input.value);
  });
  return {
    element,
    show(look) {
      for (const { name, input } of inputs) {
        if (name === "opacity") input.value = String(look.opacity);
        else input.checked = input.value === look[name];
      }
      opacity.disabled = look.view !== "overlay";
    },
  };
}

/** An element with its properties and children. */
export function make<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = Object.assign(document.createElement(name), properties);
  element.append(...children);
  return element;
}
