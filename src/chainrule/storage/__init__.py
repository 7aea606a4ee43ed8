"""Storage: atomic writing and replacement of files, safetensors arrays, locks."""

from chainrule.storage.array_blocks import ArrayForm as ArrayForm
from chainrule.storage.array_blocks import read_blocks as read_blocks
from chainrule.storage.array_blocks import write_blocks as write_blocks
from chainrule.storage.arrays import read_arrays as read_arrays
from chainrule.storage.arrays import write_arrays as write_arrays
from chainrule.storage.atomic import partials as partials
from chainrule.storage.atomic import remove_abandoned as remove_abandoned
from chainrule.storage.atomic import write_atomically as write_atomically
from chainrule.storage.atomic_folder import replace_folder as replace_folder
from chainrule.storage.atomic_folder import standing as standing
from chainrule.storage.errors import StorageError as StorageError
from chainrule.storage.input_file import read_input as read_input
from chainrule.storage.lock import owned as owned
from chainrule.storage.memory import require_memory as require_memory
from chainrule.storage.paths import printable as printable
from chainrule.storage.paths import reason as reason
from chainrule.storage.paths import shown as shown
from chainrule.storage.regular_file import open_regular as open_regular
from chainrule.storage.regular_file import read_regular as read_regular
from chainrule.storage.regular_file import reading as reading
from chainrule.storage.replaceable_folder import require_replaceable as require_replaceable
