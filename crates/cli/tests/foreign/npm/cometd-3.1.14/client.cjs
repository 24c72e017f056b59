// CommonJS, as the library of that time.

const { adapt } = require("cometd-nodejs-client");

// The library looks for its XMLHttpRequest while it is loaded, so the adapter goes first.
adapt();
const { CometD } = require("cometd");
const AckExtension = require("cometd/AckExtension.js");

import("./node.mjs").then(({ run }) => run(new CometD(), new AckExtension()));
