// A page as the host: it asks its own server, which is not the fake, what to do next, and tells it what was seen.

import { CometD } from "/node_modules/cometd/cometd.js";
import { follow } from "./flow.mjs";

const arguments_ = await (await fetch("/arguments")).json();
let told = Promise.resolve();

async function* orders() {
  for (let step; (step = await (await fetch("/order")).text()); ) yield step;
}

// One after the other, so that they arrive in order.
function tell(path, body) {
  told = told.then(() => fetch(path, { method: "POST", body }));
}

function see(saw, what) {
  tell("/seen", JSON.stringify({ saw, ...what }));
}

// A notification counts as seen when it is there to be read.
function show(channel, data) {
  const row = document.querySelector("ol").appendChild(document.createElement("li"));
  row.textContent = JSON.stringify(data);
  see("notification", { channel, data: JSON.parse(row.innerText) });
}

async function send(method, url, headers, body) {
  const type = body ? { "Content-Type": "application/json" } : {};
  const request = { method, headers: { ...headers, ...type }, body: body && JSON.stringify(body) };
  const answer = await fetch(url, { credentials: "include", ...request });
  see("answer", { status: answer.status, body: await answer.json() });
}

// What nobody expected is not waited for: the test sees it in place of what should have come.
addEventListener("error", ({ message }) => see("error", { message }));
addEventListener("unhandledrejection", ({ reason }) => see("error", { message: String(reason) }));

// The browser has the cookies, and keeps them from the page.
const requestHeaders = () => ({});

await follow(orders(), new CometD(), arguments_, { see, show, send, requestHeaders });
tell("/end");
