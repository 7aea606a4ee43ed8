"""Files of pretrained networks, as the hubs lay them out; nothing in them is executed."""

from chainrule.pretrained.errors import PretrainedError as PretrainedError
from chainrule.pretrained.files.folder import PretrainedFolder as PretrainedFolder
from chainrule.pretrained.files.folder import open_folder as open_folder
from chainrule.pretrained.files.names import match_names as match_names
from chainrule.pretrained.files.weights import StoredArray as StoredArray
from chainrule.pretrained.files.weights import Weights as Weights
from chainrule.pretrained.files.write import write_folder as write_folder
