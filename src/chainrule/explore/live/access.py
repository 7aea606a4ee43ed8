"""Who may use the server: the browser that was given its address, from a page of the server."""

from __future__ import annotations

from dataclasses import dataclass
from secrets import compare_digest

from starlette.datastructures import Headers
from starlette.requests import Request

from chainrule.http.refusal import RefusedRequest

_OWN_SITE = ("same-origin", "none")
_NEEDED = (
    "Open the address that was printed when the page was opened; it contains a token that this "
    "server knows."
)


@dataclass(frozen=True)
class Access:
    """The secret of a server, and the port that it listens at on this machine.

    A page of another site cannot use the server: its requests name that site in Origin, do not
    carry the cookie, and those by a name that was made to point to this machine (DNS rebinding)
    have that name in Host.
    """

    token: str
    port: int

    @property
    def hosts(self) -> tuple[str, ...]:
        """The values of Host that are answered."""
        return f"127.0.0.1:{self.port}", f"localhost:{self.port}"

    @property
    def cookie(self) -> str:
        """The name of the cookie; cookies are shared by the ports of a host."""
        return f"chainrule-{self.port}"

    @property
    def set_cookie(self) -> str:
        """The header that sets the cookie."""
        return f"{self.cookie}={self.token}; Path=/; HttpOnly; SameSite=Strict"

    def require_own_page(self, headers: Headers, is_read: bool) -> None:
        """Raise RefusedRequest (403) for a request that does not come from a page of the server.

        is_read  whether the request only reads; others have to name their origin
        """
        hosts = headers.getlist("host")
        if len(hosts) != 1 or hosts[0] not in self.hosts:
            raise _forbidden("wrong_host", f"The request is for the host {_listed(hosts)}.")
        origins = headers.getlist("origin")
        if origins != [f"http://{hosts[0]}"] and (origins or not is_read):
            raise _forbidden("wrong_origin", f"The request comes from {_listed(origins)}.")

    def require_own_site(self, headers: Headers) -> None:
        """Raise RefusedRequest (403) for a request that another site caused, if a browser says so.

        Not asked of the address with the token, which may be a link elsewhere.
        """
        site = headers.get("sec-fetch-site", "none")
        if site not in _OWN_SITE:
            raise _forbidden("wrong_site", f"The request comes from a page that is {site[:40]}.")

    def has_token(self, request: Request) -> bool:
        """Return whether the address of a request contains the token; raises (403) if wrong."""
        given = request.query_params.getlist("token")
        if not given:
            return False
        if len(given) == 1 and compare_digest(given[0].encode(), self.token.encode()):
            return True
        raise _forbidden("wrong_token", "The token in the address is wrong.")

    def require_cookie(self, request: Request) -> None:
        """Raise RefusedRequest (403) for a request without the cookie."""
        given = request.cookies.get(self.cookie, "")
        if not compare_digest(given.encode(), self.token.encode()):
            raise _forbidden("no_token", "The request has no token.")


def _listed(values: list[str]) -> str:
    return ", ".join(repr(each[:60]) for each in values) or "an unnamed place"


def _forbidden(code: str, found: str) -> RefusedRequest:
    return RefusedRequest(403, code, f"{found} {_NEEDED}")
