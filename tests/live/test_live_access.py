"""Who may use the server of a page: the one who has its address, from its own page."""

import socket

import httpx
import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

from chainrule.explore.live.application import MOST_BYTES
from live_pages import Client, circuit, live, served


@pytest.fixture(scope="module")
def server():
    with served(live(circuit())) as running:
        yield running


@pytest.fixture
def client(server):
    return Client(server)


def asked(server, path="/", **headers):
    return httpx.get(f"{server.origin}{path}", headers=headers, trust_env=False)


def refused(answer, status, sentence):
    assert answer.status_code == status
    assert sentence in answer.json()["error"]
    assert answer.json()["error"].endswith(".")


def test_the_server_is_reached_from_this_machine_only(server):
    assert server.origin == f"http://127.0.0.1:{server.port}"
    assert server.port > 1023


def test_two_servers_have_different_ports_and_tokens(server):
    with served(live(circuit())) as other:
        assert other.port != server.port
        assert other.token != server.token
        assert len(other.token) >= 43
        refused(asked(other, f"/?token={server.token}"), 403, "token in the address is wrong")


def test_the_address_gives_a_cookie_that_scripts_cannot_read(server):
    answer = httpx.get(server.address, trust_env=False)
    (cookie,) = answer.headers.get_list("set-cookie")
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "token" not in answer.text
    assert 'content="0;url=/"' in answer.text


def test_with_the_cookie_the_page_is_shown_without_a_token_in_its_address(client):
    assert client.get("/").text == "a page of Graph of c"
    assert client.get("/document.json").json()["format"] == "chainrule-explorer"


@pytest.mark.parametrize("path", ["/", "/document.json", "/tensor?node=0", "/nothing"])
def test_without_the_cookie_nothing_is_answered(server, path):
    refused(asked(server, path), 403, "no token")


@pytest.mark.parametrize("token", ["", "wrong", "\u00e9", "a" * 5_000])
def test_a_wrong_token_is_refused(server, token):
    answer = httpx.get(server.origin, params={"token": token}, trust_env=False)
    refused(answer, 403, "token in the address is wrong")
    assert "set-cookie" not in answer.headers


def test_two_tokens_are_refused(server):
    refused(asked(server, f"/?token={server.token}&token={server.token}"), 403, "is wrong")


def test_a_wrong_cookie_is_refused(server):
    for cookie in (f"chainrule-{server.port}=wrong", f"chainrule-1={server.token}", ""):
        refused(asked(server, "/document.json", Cookie=cookie), 403, "no token")


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:{port}", "127.0.0.1", "127.0.0.1:1", "[::1]:{port}"]
)
def test_another_host_is_refused_also_with_the_token(server, client, host):
    """DNS rebinding: a name of another site that was made to point to this machine."""
    name = host.format(port=server.port)
    for path in ("/document.json", f"/?token={server.token}"):
        answer = client.get(path, Host=name)
        refused(answer, 403, f"for the host {name!r}")
        assert "set-cookie" not in answer.headers


def test_localhost_is_a_name_of_this_machine(server):
    answer = asked(server, f"/?token={server.token}", Host=f"localhost:{server.port}")
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/edit", "/check", "/tensor"])
@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://localhost:{port}", ""])
def test_another_origin_is_refused_also_with_the_cookie(server, client, path, origin):
    headers = {"Origin": origin.format(port=server.port)} if origin else {}
    answer = client.send("POST", path, headers, json={"node": 0})
    refused(answer, 403, "comes from")


def test_reading_from_another_origin_is_refused(client):
    answer = client.get("/document.json", Origin="http://evil.example")
    refused(answer, 403, "comes from 'http://evil.example'")


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_what_a_page_elsewhere_caused_is_refused(client, site):
    answer = client.get("/document.json", **{"Sec-Fetch-Site": site})
    refused(answer, 403, f"a page that is {site}")


def test_a_link_elsewhere_may_lead_to_the_address(server):
    answer = asked(server, f"/?token={server.token}", **{"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 200


def test_nothing_is_shared_with_other_origins(server, client):
    for answer in (client.get("/"), client.get("/document.json"), asked(server)):
        assert not [each for each in answer.headers if each.startswith("access-control")]
        assert answer.headers["cross-origin-resource-policy"] == "same-origin"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert client.send("OPTIONS", "/edit", {"Origin": "http://evil.example"}).status_code == 403


def test_a_notebook_may_ask_whether_the_server_runs():
    with served(live(circuit()), framed=True) as framed, served(live(circuit())) as alone:
        answer = asked(framed, "/alive")
        assert (answer.status_code, answer.content) == (204, b"")
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        refused(asked(framed, "/alive", Host="evil.example"), 403, "for the host")
        refused(asked(alone, "/alive"), 403, "no token")


@pytest.mark.parametrize("framed", [False, True])
def test_other_sites_cannot_show_the_page_in_a_frame(framed):
    with served(live(circuit()), framed=framed) as server:
        policies = [
            httpx.get(server.address, trust_env=False).headers["content-security-policy"],
            Client(server).get("/").headers["content-security-policy"],
        ]
    wanted = "http://127.0.0.1:* http://localhost:*" if framed else "'none'"
    for policy in policies:
        assert policy.endswith(f"frame-ancestors {wanted}")
        assert policy.startswith("default-src 'none'")


def test_a_large_body_is_refused_by_its_header_and_while_it_is_read(server, client):
    headers = {"Origin": server.origin, "Content-Type": "application/json"}
    whole = client.send("POST", "/edit", content=b" " * (MOST_BYTES + 1), headers=headers)
    refused(whole, 413, f"has {MOST_BYTES + 1:,} bytes, and {MOST_BYTES:,} are accepted")
    parts = client.send(
        "POST", "/edit", content=(b" " * 65_536 for _ in range(17)), headers=headers
    )
    refused(parts, 413, f"more than {MOST_BYTES:,} bytes")


def test_only_json_is_read(server, client):
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        answer = client.send(
            "POST", "/edit", {"Origin": server.origin, "Content-Type": kind}, content=b"{}"
        )
        refused(answer, 415, "Send JSON")


def test_unknown_paths_and_methods_are_sentences(client):
    refused(client.get("/nothing"), 404, "nothing at /nothing")
    refused(client.get("/edit"), 405, "/edit was asked with GET")
    refused(client.get("/../../etc/passwd"), 404, "nothing at")


def test_a_socket_is_no_way_in(server):
    """An upgrade to a web socket, which browsers send across origins, opens nothing."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(
            f"GET /document.json HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
            "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n".encode()
        )
        assert b" 403 " in connection.recv(200)
