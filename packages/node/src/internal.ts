/** What only the sibling packages need of this package. It changes without notice; programs use the package itself. */
export { readArrayFor, readFeedsFor } from "./array-file.ts";
export { externalBytes } from "./external-data.ts";
export { filesBeside } from "./files-beside.ts";
export { decodeForChannels, pictureSize } from "./image.ts";
export { readInputArrays } from "./input-arrays.ts";
export { labelsFor } from "./label-file.ts";
export { weightsIn } from "./model-file.ts";
export { readBounded, readBoundedText } from "./read-bounded.ts";
export { loadRuntime, runtime, runtimeKinds } from "./runtime.ts";
export { openSession, sayRuntime } from "./session.ts";
export { makeFolder, writeFileWhole } from "./write-file.ts";
