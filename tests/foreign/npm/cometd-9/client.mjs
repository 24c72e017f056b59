// ES modules only, as the library since version 8.

import { CometD } from "cometd";
import { adapt } from "cometd-nodejs-client";
import { run } from "./flow.mjs";

adapt();
await run(new CometD());
