// npm ci && gws-sms-fake exec -- npm test

import assert from "node:assert/strict";
import { test } from "node:test";
import { CometD } from "cometd";
import { adapt } from "cometd-nodejs-client";

adapt(); // the library is one for browsers

const CONTROL = process.env.GWS_CONTROL_URL;
if (!CONTROL) throw new Error("run me under exec: gws-sms-fake exec -- npm test");
const SESSION = "0000UaB58WAR003N"; // of a1, who chats

test("a supervisor is invited to the session that she intrudes in", { timeout: 10_000 }, async (context) => {
  // Arrange
  const gws = await post(`${CONTROL}/fakes`, { name: context.name });
  const user = (name) => gws.users.find((user) => user.userName === name);
  const supervisor = user("s1");
  const headers = { Authorization: `Basic ${btoa(`${supervisor.userName}:${supervisor.password}`)}` };
  const cometd = new CometD();
  cometd.configure({ url: gws.cometdUrl, requestHeaders: headers, logLevel: "warn" });
  cometd.unregisterTransport("websocket"); // GWS has long polling only
  context.after(async () => {
    await new Promise((done) => cometd.disconnect(done));
    // Here the test fails if any request broke the contract.
    const ended = await fetch(`${CONTROL}/fakes/${gws.id}`, { method: "DELETE" });
    const { broken, report } = await ended.json();
    if (broken) console.error(report); // node:test shows only the first error of a test
    assert.ok(broken === false, "the contract was broken");
  });
  await new Promise((done) => cometd.handshake(done));
  let received;
  const pushed = new Promise((resolve) => (received = resolve));
  await new Promise((done) => cometd.subscribe("/v2/me/smssessions", ({ data }) => received(data), done));

  // Act
  const intrude = { operationName: "Intrude", supervisorVisibilityMode: "Monitor" };
  const answer = await post(`${gws.url}/api/v2/users/${user("a1").id}/smssessions/${SESSION}`, intrude, headers);

  // Assert
  assert.deepEqual(answer, { statusCode: 0 });
  assert.equal((await pushed).smssession.state, "Invited");
});

async function post(url, body, headers = {}) {
  const json = { "Content-Type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers: { ...headers, ...json }, body: JSON.stringify(body) });
  return answer.json();
}
