/** What only the sibling packages need of this package. It changes without notice; programs use the package itself. */
export { encodePng } from "./canvas.ts";
export { overlaySmoothing } from "./views/picture.ts";
