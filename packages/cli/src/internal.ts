/** What the page needs of this package: the command line's words. It changes without notice. */
export { errorText } from "./error-wording.ts";
export { shellLine } from "./shell.ts";
