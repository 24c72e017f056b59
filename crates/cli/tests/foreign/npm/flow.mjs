// A supervisor's client that does what it is told, step by step, with a library of npm. Where it runs is for the host to
// know: it has the REST side, and says what was seen to the test.

export async function follow(orders, cometd, arguments_, host) {
  const { base, userName, password, agent, session, leftOut } = arguments_;
  let subscription;
  const operate = (path, body) => host.send("POST", `${base}/api/v2/${path}/smssessions/${session}`, {}, body);
  const steps = {
    async "sign in"() {
      const credentials = { Authorization: `Basic ${btoa(`${userName}:${password}`)}` };
      await host.send("GET", `${base}/api/v2/me`, credentials);
    },
    subscribe() {
      const url = `${base}/api/v2/notifications`;
      // Its remarks would stand among the observations on stdout; warnings go to stderr. After a failure it would wait for
      // a whole second.
      const tuning = { logLevel: "warn", backoffIncrement: 100 };
      cometd.configure({ url, requestHeaders: host.requestHeaders(), ...tuning });
      leftOut.forEach((transport) => cometd.unregisterTransport(transport));
      // Each handshake is seen: the first, what a refused transport comes to, and those that the server advises. The
      // library forgets its subscriptions with each.
      cometd.addListener("/meta/handshake", (message) => {
        const { successful, ext } = message;
        host.see("handshake", { successful, transport: transportOf(message), ack: ext?.ack });
        if (!successful) return;
        const replied = (reply) => host.see("subscribe", { successful: reply.successful });
        subscription = cometd.subscribe("/v2/me/*", ({ channel, data }) => host.show(channel, data), replied);
      });
      cometd.handshake();
    },
    async intrude() {
      await operate(`users/${agent}`, { operationName: "Intrude", supervisorVisibilityMode: "Monitor" });
    },
    async accept() {
      await operate("me", { operationName: "Accept" });
    },
    async "two at once"() {
      await Promise.all([
        operate("me", { operationName: "AttachUserData", userData: { case: "4711" } }),
        operate("me", { operationName: "SetDisposition", disposition: "Solved" }),
      ]);
    },
    async leave() {
      const unsubscribed = await new Promise((done) => cometd.unsubscribe(subscription, done));
      host.see("unsubscribe", { successful: unsubscribed.successful });
      const disconnected = await new Promise((done) => cometd.disconnect(done));
      host.see("disconnect", { successful: disconnected.successful });
    },
  };

  // By which transport a message came. After a failure the library has gone on to the next one already.
  function transportOf({ failure }) {
    const transport = cometd.getTransport();
    return failure ? failure.connectionType : (transport.type ?? transport.getType());
  }

  for await (const step of orders) await steps[step]();
}
