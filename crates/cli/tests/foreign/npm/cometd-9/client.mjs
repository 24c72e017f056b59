// ES modules only, as the library since version 8.

import { CometD } from "cometd";
import { AckExtension } from "cometd/AckExtension.js";
import { adapt } from "cometd-nodejs-client";
import { run } from "./node.mjs";

adapt();
await run(new CometD(), new AckExtension());
