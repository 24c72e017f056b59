"""A supervisor's client at the bidding of the test, as those of npm are: a line on stdin says what to do next, a line of
JSON on stdout what was seen."""

import asyncio
import json
import sys

import aiohttp
from aiocometd_ng import AuthExtension, Client, ConnectionType

# A test that has died cannot end this process; so that none is left behind, it ends itself.
LONGEST_LIFE = 20
SEEN = ("handshake", "subscribe", "unsubscribe", "disconnect")


def see(saw, **what):
    print(json.dumps({"saw": saw, **what}), flush=True)


class Credentials(AuthExtension):
    """Basic credentials on every request, and a look at what the library keeps to itself."""

    def __init__(self, basic):
        self.basic = basic

    async def authenticate(self):
        pass

    async def outgoing(self, payload, headers):
        headers["Authorization"] = self.basic

    async def incoming(self, payload, headers=None):
        for message in payload:
            reply = message["channel"].removeprefix("/meta/")
            if reply in SEEN:
                transport = {"transport": "long-polling"} if reply == "handshake" else {}
                see(reply, successful=message["successful"], **transport)


async def follow(arguments):
    base, agent, session = (arguments[it] for it in ("base", "agent", "session"))
    basic = aiohttp.encode_basic_auth(arguments["userName"], arguments["password"])
    client = Client(
        f"{base}/api/v2/notifications",
        ConnectionType.LONG_POLLING,
        auth=Credentials(basic),
        # Its watch over a lost connection passes an argument that asyncio has dropped with Python 3.10.
        connection_timeout=0,
    )

    async def send(method, path, body=None):
        async with rest.request(method, f"{base}/api/v2/{path}", json=body) as answer:
            see("answer", status=answer.status, body=await answer.json())

    async def listen():
        async for message in client:
            see("notification", channel=message["channel"], data=message["data"])

    async with aiohttp.ClientSession(headers={"Authorization": basic}) as rest:
        while step := (await asyncio.to_thread(sys.stdin.readline)).strip():
            match step:
                case "sign in":
                    await send("GET", "me")
                case "subscribe":
                    await client.open()
                    await client.subscribe("/v2/me/*")
                    listening = asyncio.create_task(listen())
                case "intrude":
                    intrude = {"operationName": "Intrude", "supervisorVisibilityMode": "Monitor"}
                    await send("POST", f"users/{agent}/smssessions/{session}", intrude)
                case "accept":
                    await send("POST", f"me/smssessions/{session}", {"operationName": "Accept"})
                case "leave":
                    await client.unsubscribe("/v2/me/*")
                    await client.close()
                    listening.cancel()


asyncio.run(asyncio.wait_for(follow(json.loads(sys.argv[1])), LONGEST_LIFE))
