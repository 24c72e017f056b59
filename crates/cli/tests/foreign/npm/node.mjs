// Node as the host: a line on stdin says what to do next, a line of JSON on stdout what was seen, in the order in which
// this process saw it.

import { request } from "node:http";
import { createInterface } from "node:readline";
import { follow } from "./flow.mjs";

// A test that has died cannot end this process; so that none is left behind, it ends itself.
const LONGEST_LIFE = 20_000;

export async function run(cometd, ack) {
  const life = setTimeout(() => {
    console.error(`got no end of the flow within ${LONGEST_LIFE} ms, want one: see which line came last`);
    process.exit(3);
  }, LONGEST_LIFE);
  life.unref();
  const arguments_ = JSON.parse(process.argv[2]);
  if (arguments_.ack) cometd.registerExtension("ack", ack);
  await follow(createInterface({ input: process.stdin }), cometd, arguments_, { see, show, send, requestHeaders });
}

// What the server has set, for want of a browser.
let cookie;

function requestHeaders() {
  return { Cookie: cookie };
}

function see(saw, what) {
  console.log(JSON.stringify({ saw, ...what }));
}

function show(channel, data) {
  see("notification", { channel, data });
}

// One request on the REST side. Its answer counts as seen when its last byte is.
function send(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const type = body ? { "Content-Type": "application/json" } : {};
    const own = cookie ? requestHeaders() : {};
    const sent = request(url, { method, headers: { ...own, ...headers, ...type } }, (response) => {
      let text = "";
      cookie ??= response.headers["set-cookie"]?.[0].split(";")[0];
      response.setEncoding("utf8");
      response.on("data", (chunk) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        see("answer", { status: response.statusCode, body: JSON.parse(text) });
        resolve();
      });
    });
    sent.on("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}
