export { type Console, tolerateClosedPipes } from "./console.ts";
export { main } from "./main.ts";
