"""Requests to the server that are tried again with growing, random pauses until they are answered."""

from __future__ import annotations

import random
import ssl
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from pavement import __version__
from pavement.errors import BadInput, Fault

AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})  #: answers that another try may change


@dataclass(frozen=True)
class Patience:
    """How a client waits."""

    first_s: float = 0.5
    longest_s: float = 60.0
    give_up_s: float = 900.0  #: after so long without any answer; the next run goes on where this one stopped
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic

    def pause(self, tries: int, asked: str | None) -> float:
        """Seconds before the next try: random up to a doubling bound, so not all cars come at once; or as asked."""
        bound = min(self.longest_s, self.first_s * 2 ** min(tries, 20))
        wanted = float(asked) if asked and asked.isdigit() else 0.0
        return min(self.longest_s, wanted) + random.uniform(0, bound)


class Connection:
    """The server as one device sees it; usable by several threads."""

    def __init__(
        self,
        server: str,
        key: str,
        *,
        authority: Path | None = None,
        patience: Patience | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.server = server.rstrip("/")
        self._patience = patience or Patience()
        headers = {"Authorization": f"Bearer {key}", "User-Agent": f"pavement/{__version__}"}
        timeout = httpx.Timeout(60.0, connect=10.0, read=300.0)
        try:
            verify = ssl.create_default_context(cafile=authority) if authority else True
            self._http = httpx.Client(
                base_url=f"{self.server}/api/v1", headers=headers, timeout=timeout, verify=verify, transport=transport
            )
        except (OSError, ssl.SSLError) as error:
            raise BadInput(f"is no certificate ({error})", file=authority, do="give the office CA as PEM") from error
        except (httpx.InvalidURL, UnicodeEncodeError) as error:
            raise BadInput("server or key cannot be used", do="check --server and PAVEMENT_KEY") from error

    def request(
        self,
        method: str,
        path: str,
        *,
        fine: Iterable[int],
        content: bytes | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        """The answer, of a status in `fine`. Raises BadInput for a refusal, Fault where nothing helps now."""
        began, tries, trouble = self._patience.clock(), 0, ""
        while True:
            asked = None
            try:
                answer = self._http.request(method, path, content=content, json=json, headers=dict(headers or {}))
            except httpx.UnsupportedProtocol as error:
                raise BadInput(f"the server is '{self.server}'", do="give --server https://…") from error
            except httpx.TransportError as error:
                trouble = str(error) or type(error).__name__
            else:
                if answer.status_code in fine:
                    return answer
                if answer.status_code not in AGAIN:
                    raise _refusal(answer)
                trouble, asked = f"{answer.status_code} {_detail(answer)}", answer.headers.get("Retry-After")
            if self._patience.clock() - began > self._patience.give_up_s:
                raise Fault(f"the server does not take it ({trouble}); run the same command again to go on")
            self._patience.sleep(self._patience.pause(tries, asked))
            tries += 1

    def close(self) -> None:
        """Let the connections go."""
        self._http.close()


def _refusal(answer: httpx.Response) -> Exception:
    text = f"the server answers {answer.status_code}: {_detail(answer)}"
    if answer.status_code == 401:
        return BadInput(text, do="check PAVEMENT_KEY")
    return Fault(text) if answer.status_code >= 500 else BadInput(text)


def _detail(answer: httpx.Response) -> str:
    try:
        return str(answer.json()["detail"])[:300]
    except (ValueError, KeyError, TypeError):
        return answer.reason_phrase
