/** The server of the page alone. */
export { pageFiles, type Served, servedFile } from "./page-files.ts";
export { type PageServer, servePage } from "./server.ts";
