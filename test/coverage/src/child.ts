/** Measures the network in a file and writes one JSON document; a process of its own, so that a crash is a result. */
import { measure } from "./measure.ts";

const [path = ""] = process.argv.slice(2);
process.stdout.write(JSON.stringify(await measure(path)));
