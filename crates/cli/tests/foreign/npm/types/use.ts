// What a suite in TypeScript writes with the types of the control endpoint.
import type { components, paths } from "./control";

type Schemas = components["schemas"];

export const scenario: Schemas["control-play"] = {
  steps: [
    { step: "scenario", version: 1, title: "several steps" },
    { step: "bayeux", by: "s1", message: "handshake" },
    { step: "bayeux", by: "s1", message: "subscribe", channels: ["/v2/me/*"] },
  ],
};

export const never: Schemas["control-never"] = {
  observed: { notification: { user: "s1", kind: "StatusChange", state: "Invited" } },
  milliseconds: 60_000,
};

export const fake: Schemas["control-fake"] = { resources: { "/me/skills": { statusCode: 0 } }, blameFrom: "wire" };

// @ts-expect-error: there is no fault of this name.
export const misspelt: Schemas["control-fault"] = { user: "s1", fault: "loose_next_event" };

type Entry = paths["/__fake/received"]["post"]["responses"][200]["content"]["application/json"];

export function status(entry: Entry): number | undefined {
  if (entry.kind !== "request") return undefined;
  return entry.ending.is === "answered" ? entry.ending.status : undefined;
}
