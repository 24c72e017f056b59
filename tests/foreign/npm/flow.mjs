// A supervisor's client at the bidding of the test: a line on stdin says what to do next, a line of JSON on stdout what
// was seen, in the order in which this process saw it.

import { request } from "node:http";
import { createInterface } from "node:readline";

// A test that has died cannot end this process; so that none is left behind, it ends itself.
const LONGEST_LIFE = 20_000;

export async function run(cometd) {
  const [base, userName, password, agent, session, leftOut] = process.argv.slice(2);
  const life = setTimeout(() => {
    console.error(`got no end of the flow within ${LONGEST_LIFE} ms, want one: see which line came last`);
    process.exit(3);
  }, LONGEST_LIFE);
  life.unref();

  let cookie;
  let subscription;
  const intrude = { operationName: "Intrude", supervisorVisibilityMode: "Monitor" };
  const steps = {
    async "sign in"() {
      const basic = Buffer.from(`${userName}:${password}`).toString("base64");
      const answer = await send("GET", `${base}/api/v2/me`, { Authorization: `Basic ${basic}` });
      cookie = answer.headers["set-cookie"][0].split(";")[0];
    },
    async subscribe() {
      const url = `${base}/api/v2/notifications`;
      // Its remarks would stand among the observations on stdout; warnings go to stderr.
      cometd.configure({ url, requestHeaders: { Cookie: cookie }, logLevel: "warn" });
      leftOut.split(",").forEach((transport) => cometd.unregisterTransport(transport));
      await new Promise((done) => {
        // The library tries the next transport by itself when one is refused; each attempt is seen here.
        cometd.addListener("/meta/handshake", (message) => {
          see("handshake", { successful: message.successful, transport: transportOf(message) });
          if (message.successful) done();
        });
        cometd.handshake();
      });
      const listener = ({ channel, data }) => see("notification", { channel, data });
      const subscribed = await new Promise((done) => {
        subscription = cometd.subscribe("/v2/me/*", listener, done);
      });
      see("subscribe", { successful: subscribed.successful });
    },
    async intrude() {
      await send("POST", `${base}/api/v2/users/${agent}/smssessions/${session}`, { Cookie: cookie }, intrude);
    },
    async accept() {
      const accept = { operationName: "Accept" };
      await send("POST", `${base}/api/v2/me/smssessions/${session}`, { Cookie: cookie }, accept);
    },
    async leave() {
      const unsubscribed = await new Promise((done) => cometd.unsubscribe(subscription, done));
      see("unsubscribe", { successful: unsubscribed.successful });
      const disconnected = await new Promise((done) => cometd.disconnect(done));
      see("disconnect", { successful: disconnected.successful });
    },
  };

  // By which transport a message came. After a failure the library has gone on to the next one already.
  function transportOf({ failure }) {
    const transport = cometd.getTransport();
    return failure ? failure.connectionType : (transport.type ?? transport.getType());
  }

  for await (const step of createInterface({ input: process.stdin })) {
    await steps[step]();
  }
}

function see(saw, what) {
  console.log(JSON.stringify({ saw, ...what }));
}

// One request on the REST side. Its answer counts as seen when its last byte is.
function send(method, url, headers, body) {
  return new Promise((resolve, reject) => {
    const type = body ? { "Content-Type": "application/json" } : {};
    const sent = request(url, { method, headers: { ...headers, ...type } }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk) => (text += chunk));
      response.on("error", reject);
      response.on("end", () => {
        see("answer", { status: response.statusCode, body: JSON.parse(text) });
        resolve(response);
      });
    });
    sent.on("error", reject);
    sent.end(body && JSON.stringify(body));
  });
}
