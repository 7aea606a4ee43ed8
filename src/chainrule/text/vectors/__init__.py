"""Word vectors: files of all usual formats, look-up, neighbours, and what a training moved."""

from chainrule.text.vectors.blocks import Block as Block
from chainrule.text.vectors.errors import VectorsError as VectorsError
from chainrule.text.vectors.files import VECTOR_FORMATS as VECTOR_FORMATS
from chainrule.text.vectors.files import VectorFormat as VectorFormat
from chainrule.text.vectors.files import read_vectors as read_vectors
from chainrule.text.vectors.files import vector_blocks as vector_blocks
from chainrule.text.vectors.files import write_vectors as write_vectors
from chainrule.text.vectors.look_up import FORMS as FORMS
from chainrule.text.vectors.look_up import UNKNOWN_ROW as UNKNOWN_ROW
from chainrule.text.vectors.look_up import Matches as Matches
from chainrule.text.vectors.movement import LeftBehind as LeftBehind
from chainrule.text.vectors.movement import MovedWord as MovedWord
from chainrule.text.vectors.movement import Movement as Movement
from chainrule.text.vectors.movement import movement as movement
from chainrule.text.vectors.movement_picture import draw_movement as draw_movement
from chainrule.text.vectors.word_list import WordList as WordList
from chainrule.text.vectors.word_vectors import WordVectors as WordVectors
