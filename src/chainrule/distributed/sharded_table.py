"""A table of vectors whose rows, and the state of their optimizer, are spread over ranks."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol

import numpy as np

from chainrule.compile import Compiled
from chainrule.distributed.communicator import Communicator
from chainrule.distributed.dealt_rows import DealtRows
from chainrule.distributed.errors import DistributedError
from chainrule.distributed.world import communicator
from chainrule.graph import Array, Parameter, ShapeError, Tensor, parameter
from chainrule.ops import add_rows
from chainrule.storage import ArrayForm, read_blocks, write_blocks

_CHUNK = 4096
_SMALLEST = 64

Initial = Callable[[tuple[int, int], np.random.Generator], Any]


class RowOptimizer(Protocol):
    """What a table needs of an optimizer."""

    def apply(self, gradients: Sequence[Any]) -> Any:
        """Update the parameters by given gradients."""
        ...

    def named_state(self) -> Mapping[str, Parameter]:
        """Return the state by name."""
        ...


def small_normal(shape: tuple[int, int], random: np.random.Generator) -> Array:
    """Return random rows as `cr.nn.Embedding` draws them: normal, standard deviation 0.1."""
    return 0.1 * random.standard_normal(shape)


class ShardedTable:
    """A table (count, size) of which every rank holds the rows with id = rank modulo ranks.

    count, size  of all ranks together
    optimizer    makes the optimizer of a parameter, such as cr.optim.Adam: it holds the state of
                 the own rows only
    initial      a function of a shape and a generator that returns the first rows. It is called for
                 4,096 rows at a time, whose generator follows from the seed and their ids, so that
                 they do not depend on the number of ranks
    between      the processes; all of this run if None

    Every rank calls the methods in the same order, each with ids of its own. Where the ranks have
    consecutive parts of a batch, in their order, updates have the same bits for any number of
    ranks: gradients of a row are added in the order of the batch. Raises DistributedError for
    fewer rows than ranks.
    """

    def __init__(
        self,
        count: int,
        size: int,
        optimizer: Callable[[list[Parameter]], RowOptimizer],
        *,
        initial: Initial = small_normal,
        seed: int = 0,
        dtype: str = "float32",
        between: Communicator | None = None,
    ) -> None:
        self.count, self.size = count, size
        self._dealt = DealtRows(communicator() if between is None else between, count)
        ranks = self._dealt.between.size
        if count < ranks:
            raise DistributedError(
                f"A table of {count} rows was to be spread over {ranks} ranks. Start fewer."
            )
        own = np.empty((len(self._dealt.own), size), dtype)
        _draw(own, self._dealt, initial, seed)
        self.shard = parameter(own, "shard", table=True)
        self.optimizer = optimizer([self.shard])
        self._update = Compiled(self._updated)

    def rows(self, ids: Any) -> Array:
        """Return the vectors (..., size) of integers `ids` (...), wherever they are.

        Raises RangeError for an id outside of the table.
        """
        shape = np.shape(ids)
        found = self._dealt.fetched(self._dealt.checked(ids), self.shard.stored)
        return found.reshape(*shape, self.size)

    def update(self, ids: Any, gradients: Any) -> None:
        """Update rows by their gradients, one step of the optimizer on every rank.

        ids        integers (...); gradients of equal ids are added
        gradients  (..., size), an array or a tensor
        """
        flat = self._dealt.checked(ids)
        given = np.asarray(gradients.value if isinstance(gradients, Tensor) else gradients)
        if given.shape != (*np.shape(ids), self.size):
            raise ShapeError(
                f"Gradients of shape {given.shape} were given for ids of shape {np.shape(ids)}. "
                f"Give one row of {self.size} elements for each id."
            )
        rows = given.astype(self.shard.dtype, copy=False).reshape(-1, self.size)
        self._update(*_padded(*self._dealt.sent(flat, rows)))

    def _updated(self, rows: Any, places: Any) -> None:
        self.optimizer.apply([add_rows(rows, places, len(self._dealt.own))])

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the table and the state of its optimizer as one safetensors file, on rank 0.

        The rows of the ranks pass in blocks: no process holds the whole table. The file is the same
        for any number of ranks. Raises StorageError.
        """
        forms = {
            name: ArrayForm(self._whole_shape(each), each.dtype)
            for name, each in self._state().items()
        }
        if self._dealt.between.rank == 0:
            write_blocks(path, forms, self._blocks())
        else:
            for _ in self._blocks():
                pass
        self._dealt.between.barrier()

    def load(self, path: str | os.PathLike[str]) -> None:
        """Restore what `save` wrote, also on another number of ranks; rank 0 reads the file.

        Raises StorageError, on rank 0, for a file that does not hold this table.
        """
        state, between = self._state(), self._dealt.between
        forms = {
            name: ArrayForm(self._whole_shape(each), each.dtype) for name, each in state.items()
        }
        blocks = read_blocks(path, forms) if between.rank == 0 else None
        for each in state.values():
            new, rows = np.array(each.stored), self._whole_shape(each)
            first = 0
            while first < (rows[0] if rows else 1):
                block = between.broadcast_object(next(blocks) if blocks is not None else None)
                if not self._is_dealt(each):
                    new[...] = block.reshape(new.shape)
                    break
                begin = (between.rank - first) % between.size
                mine = block[begin :: between.size]
                place = (first + begin) // between.size
                new[place : place + len(mine)] = mine
                first += len(block)
            each.assign(new)

    def blocks(self) -> Iterator[Array]:
        """Yield the rows of the table in order, in blocks, on every rank."""
        return self._dealt.blocks(self.shard.value)

    def _blocks(self) -> Iterator[Array]:
        for each in self._state().values():
            if self._is_dealt(each):
                yield from self._dealt.blocks(each.stored)
            else:
                yield each.stored

    def _state(self) -> dict[str, Parameter]:
        """Return everything that an update changes, by name."""
        named = self.optimizer.named_state()
        return {"table": self.shard, **{f"optimizer.{name}": named[name] for name in sorted(named)}}

    def _is_dealt(self, each: Parameter) -> bool:
        return each.ndim > 0 and each.shape[0] == len(self._dealt.own)

    def _whole_shape(self, each: Parameter) -> tuple[int, ...]:
        return (self.count, *each.shape[1:]) if self._is_dealt(each) else each.shape


def _draw(own: Array, dealt: DealtRows, initial: Initial, seed: int) -> None:
    """Fill the own rows of a table with their first values."""
    rank, size = dealt.between.rank, dealt.between.size
    for chunk in range(-(-dealt.count // _CHUNK)):
        first = chunk * _CHUNK
        extent = min(_CHUNK, dealt.count - first)
        rows = initial((extent, own.shape[1]), np.random.default_rng((seed, chunk)))
        begin = (rank - first) % size
        mine = rows[begin::size]
        place = (first + begin) // size
        own[place : place + len(mine)] = mine


def _padded(rows: Array, places: Array) -> tuple[Array, Array]:
    """Append zeros for a place that has a gradient: few shapes are planned for many numbers."""
    if not len(places):
        return rows, places
    step = max(_SMALLEST, 1 << max(0, len(places).bit_length() - 3))
    missing = -len(places) % step
    zeros = np.zeros((missing, *rows.shape[1:]), rows.dtype)
    return np.concatenate([rows, zeros]), np.append(places, np.repeat(places[-1:], missing))
