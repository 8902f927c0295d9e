#!/usr/bin/env node
import { tolerateClosedPipes } from "../dist/console.js";
import { main } from "../dist/main.js";

tolerateClosedPipes();
process.exitCode = await main(process.argv.slice(2));
