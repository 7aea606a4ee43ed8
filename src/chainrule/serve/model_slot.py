"""The model that a server uses, replaced while requests are answered."""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import Callable
from datetime import UTC, datetime

from chainrule.serve.served_model import ServedModel, files_of, open_model
from chainrule.storage.paths import AnyPath

_log = logging.getLogger("chainrule.serve")


class ModelSlot:
    """The model in use, and how it is exchanged for a newer one from the same folder.

    folder     of the tagger
    on_reload  is called after each attempt, with whether it succeeded

    Requests keep the model that they began with. If a folder cannot be loaded, the model in use
    stays, and `failure` says why. Raises ModelError if the first model cannot be loaded.
    """

    def __init__(self, folder: AnyPath, on_reload: Callable[[bool], object] = bool) -> None:
        self._folder, self._on_reload = folder, on_reload
        self._seen = files_of(folder)
        self._reloading = asyncio.Lock()
        self.current: ServedModel = open_model(folder)
        self.failure: str | None = None
        self.failed: datetime | None = None

    async def watch(self, seconds: float) -> None:
        """Look at the folder every so many seconds, and reload what has changed; never returns."""
        while True:
            await asyncio.sleep(seconds)
            if await asyncio.to_thread(files_of, self._folder) != self._seen:
                await self.reload()

    async def reload(self) -> bool:
        """Load the folder again beside the model in use; return whether that succeeded."""
        async with self._reloading:
            self._seen = await asyncio.to_thread(files_of, self._folder)
            try:
                model = await asyncio.to_thread(open_model, self._folder)
            except Exception as error:
                self.failure, self.failed = str(error) or type(error).__name__, datetime.now(UTC)
                _log.exception("the model was not reloaded, the earlier one stays in use")
            else:
                self.current, self.failure, self.failed = model, None, None
                _log.info("reloaded %s, sha256 %s", model.name, model.checksum)
            self._on_reload(self.failure is None)
            # The earlier model is in reference cycles, and may hold a large part of the memory.
            await asyncio.to_thread(gc.collect)
            return self.failure is None
