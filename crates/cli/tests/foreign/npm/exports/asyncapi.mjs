// Reads an AsyncAPI document with the parser of AsyncAPI, and prints each thing that is wrong with it.
import { readFileSync } from "node:fs";
import { Parser } from "@asyncapi/parser";

const ERROR = 0;
const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], "utf8"));
const errors = diagnostics.filter((it) => it.severity === ERROR);
errors.forEach((it) => console.log(`${it.path.join("/")}: ${it.code}: ${it.message}`));
if (!document || errors.length > 0) process.exit(1);
console.log(document.channels().all().map((it) => it.address()).join(" "));
