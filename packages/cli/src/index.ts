export { type Console, sayWhenTerminated, tolerateClosedPipes } from "./console.ts";
export { main } from "./main.ts";
