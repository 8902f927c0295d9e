/** The title of a figure, cut to its width. */
import { textStyles } from "./cells.ts";
import { ellipsize, textWidth } from "./text.ts";

/** The title, or, of "picture · network", as much of both names as there is room for. `width` in pixels. */
export function titleIn(title: string, width: number): string {
  const style = textStyles.title;
  const cut = title.lastIndexOf(" · ");
  if (cut < 0) return ellipsize(title, width, style);
  const [picture, network] = [title.slice(0, cut), title.slice(cut)];
  const end = ellipsize(network, Math.max(width / 2, width - textWidth(picture, style)), style);
  return ellipsize(picture, width - textWidth(end, style), style) + end;
}
