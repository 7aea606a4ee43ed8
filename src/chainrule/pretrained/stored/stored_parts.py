"""The parts of a network that a folder holds: compared with what is needed, and read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from chainrule.nn import Module
from chainrule.pretrained.body.body import EncoderBody
from chainrule.pretrained.body.settings import EncoderSettings
from chainrule.pretrained.errors import PretrainedError
from chainrule.pretrained.families.family import Family
from chainrule.pretrained.files import PretrainedFolder, match_names
from chainrule.pretrained.heads.head import Head
from chainrule.pretrained.stored.array_names import ArrayNames
from chainrule.pretrained.stored.head_choice import HeadChoice
from chainrule.pretrained.stored.name_table import NameRow, rows
from chainrule.pretrained.stored.stored_values import joined, shapes_of
from chainrule.storage import shown

_WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class StoredParts:
    """What a folder holds of a network with the head that was chosen."""

    folder: PretrainedFolder
    family: Family
    names: ArrayNames
    choice: HeadChoice

    @property
    def has_pooler(self) -> bool:
        """Whether the file has the arrays of a pooler."""
        return any(name in self.names.own for row in self._pooler for name in row.theirs)

    @property
    def _pooler(self) -> list[NameRow]:
        return rows(self.family.pooler)

    def settings(self) -> EncoderSettings:
        """Return the settings of the body; raises PretrainedError if the file has other sizes.

        There is a pooler if the head needs it, and without a head if the file has it.
        """
        settings = self.family.settings(self.folder.config)
        if self.names.layers != settings.layers:
            raise PretrainedError(
                f"{shown(self.folder.path)} has a configuration for {settings.layers} layers, but "
                f"arrays of {self.names.layers}. Use the configuration that belongs to the weights."
            )
        self._require_table((settings.vocabulary, settings.width))
        head = self.choice.family
        pooler = self.has_pooler if head is None else head.pooler
        return replace(settings, pooler=settings.pooler and pooler)

    def fill(self, body: EncoderBody, head: Head | None) -> tuple[str, ...]:
        """Set the parameters that the file holds; return the paths of the others.

        Raises PretrainedError, before anything is set, for missing, unknown and misshaped arrays.
        """
        parts = list(self._stored_rows(body, head))
        self._require_match(parts, head)
        for _, module, table in parts:
            parameters = module.named_parameters()
            for name, value in joined(table, self.folder.weights, self.names.own).items():
                parameters[name].assign(value)
        self._require_equal(body)
        stored = {f"{label}.{row.ours}" for label, _, table in parts for row in table}
        made = [("body", body), *([] if head is None else [("head", head)])]
        paths = [f"{label}.{path}" for label, part in made for path in part.named_parameters()]
        return tuple(each for each in paths if each not in stored)

    def unread(self) -> tuple[str, ...]:
        """Return the file's names of arrays that belong to a pooler or a head that is not made."""
        used = {name for _, table in self._tables() for row in table for name in row.theirs}
        used |= self._repeats()
        return tuple(own for name, own in self.names.own.items() if name not in used)

    def _tables(self) -> Iterator[tuple[str, list[NameRow]]]:
        """Yield the rows of the body and the head whose values are read."""
        settings = self.settings()
        table = rows(self.family.names, settings.layers)
        if settings.pooler and self.has_pooler:
            table += self._pooler
        yield "body", table
        if self.choice.family is not None and self.choice.stored:
            yield "head", rows(self.choice.family.names)

    def _stored_rows(
        self, body: EncoderBody, head: Head | None
    ) -> Iterator[tuple[str, Module, list[NameRow]]]:
        modules = {"body": body, "head": head}
        for label, table in self._tables():
            module = modules[label]
            assert module is not None
            yield label, module, table

    def _require_match(
        self, parts: list[tuple[str, Module, list[NameRow]]], head: Head | None
    ) -> None:
        expected = {
            self.names.shown(name): shape
            for _, module, table in parts
            for name, shape in shapes_of(module.named_parameters(), table).items()
        }
        others = self._of_other_heads() | self._repeats()
        match_names(
            expected,
            {name: self.folder.weights.shapes[name] for name in self.names.own.values()},
            ignore=[re.escape(self.names.own[name]) for name in others if name in self.names.own],
            what=f"The weights of {shown(self.folder.path)}",
        )
        wrong = [name for name in expected if self.folder.weights.dtypes[name].kind != "f"]
        if wrong:
            raise PretrainedError(
                f"{shown(self.folder.path)} has {self.folder.weights.dtypes[wrong[0]]} numbers as "
                f"{wrong[0]!r}. Weights are floating-point numbers; quantised ones are not read."
            )

    def _of_other_heads(self) -> set[str]:
        """Return the names of arrays of the pooler and of all heads."""
        tables = [self.family.pooler, *(each.names for each in self.family.heads.values())]
        return {name for table in tables for row in rows(table) for name in row.theirs}

    def _repeats(self) -> set[str]:
        """Return the names of arrays that repeat others: of tied weights in files of torch."""
        heads = self.family.heads.values()
        return {name for each in heads for name in (each.decoder, *each.equal) if name is not None}

    def _require_table(self, needed: tuple[int, int]) -> None:
        own = self.names.own.get(_WORDS)
        found = None if own is None else self.folder.weights.shapes[own]
        if found not in (None, needed):
            raise PretrainedError(
                f"{shown(self.folder.path)} has a table of tokens of shape {found}, but a "
                f"configuration for {needed}. Use the configuration that belongs to the weights."
            )

    def _require_equal(self, body: EncoderBody) -> None:
        """Raise PretrainedError if the output of a language model is not the table of tokens."""
        head = self.choice.family
        if head is None or not self.choice.stored:
            return
        pairs = [] if head.decoder is None else [(head.decoder, _WORDS)]
        for name, other in [*pairs, *head.equal.items()]:
            own = self.names.own
            if name in own and not np.array_equal(
                self.folder.weights[own[name]], self.folder.weights[own[other]]
            ):
                raise PretrainedError(
                    f"{shown(self.folder.path)} has weights that are not tied: {own[name]!r} "
                    f"differs from {own[other]!r}. Supported are language models whose output uses "
                    "the table of tokens."
                )
