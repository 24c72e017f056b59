// Reads one document with many schemas, compiles each by its $id, and asks one of them.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const Ajv = createRequire(import.meta.url)("ajv/dist/2020").default;
const bundle = JSON.parse(readFileSync(process.argv[2], "utf8"));
// Annotations such as x-rule are no keywords of Ajv's.
const ajv = new Ajv({ strict: false });
ajv.addSchema(bundle);
const compiled = Object.keys(bundle.$defs).filter((id) => ajv.getSchema(id));
console.log(compiled.length);
const intrude = ajv.getSchema(new URL("intrude-request.json", bundle.$id).href);
for (const mode of ["Monitor", "monitor"]) {
  console.log(intrude({ operationName: "Intrude", supervisorVisibilityMode: mode }));
}
