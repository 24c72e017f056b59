# pip install --require-hashes -r requirements.txt && gws-sms-fake exec -- pytest

import os

import pytest
import requests

CONTROL = os.environ.get("GWS_CONTROL_URL")
SESSION = "0000UaB58WAR003N"  # of a1, who chats


@pytest.fixture
def gws(request):
    assert CONTROL, "run me under exec: gws-sms-fake exec -- pytest"
    fake = requests.post(f"{CONTROL}/fakes", json={"name": request.node.name}).json()
    yield fake
    # Here the test fails if any request broke the contract.
    ended = requests.request("DELETE", f"{CONTROL}/fakes/{fake['id']}").json()
    assert not ended["broken"], ended["report"]


def test_a_supervisor_is_invited_to_the_session_that_she_intrudes_in(gws):
    # Arrange
    desktop, agent = Desktop(gws, "s1"), user(gws, "a1")["id"]
    desktop.subscribe("/v2/me/smssessions")

    # Act
    intrude = {"operationName": "Intrude", "supervisorVisibilityMode": "Monitor"}
    answer = desktop.post(f"{gws['url']}/api/v2/users/{agent}/smssessions/{SESSION}", intrude)

    # Assert
    assert answer == {"statusCode": 0}
    assert desktop.next_event()["data"]["smssession"]["state"] == "Invited"
    desktop.disconnect()


def user(gws, name):
    return next(user for user in gws["users"] if user["userName"] == name)


class Desktop:
    """A client of GWS by long polling, as small as it can be. Use your own client here."""

    def __init__(self, gws, name):
        self.push, self.http = gws["cometdUrl"], requests.Session()
        self.http.auth = (name, user(gws, name)["password"])
        hello = {"version": "1.0", "supportedConnectionTypes": ["long-polling"]}
        self.client_id = self.send("/meta/handshake", **hello)[0]["clientId"]
        self.connect()

    def post(self, url, body):
        return self.http.post(url, json=body, timeout=60).json()

    def send(self, channel, **fields):
        return self.post(self.push, [{"channel": channel, **fields}])

    def connect(self):
        return self.send("/meta/connect", clientId=self.client_id, connectionType="long-polling")

    def subscribe(self, topic):
        self.send("/meta/subscribe", clientId=self.client_id, subscription=topic)

    def next_event(self):
        return next(it for it in self.connect() if not it["channel"].startswith("/meta/"))

    def disconnect(self):
        self.send("/meta/disconnect", clientId=self.client_id)
