"""How a run is driven and judged: the loop, callbacks, checkpoints, metrics."""

from chainrule.train import metrics as metrics
from chainrule.train.best_model import BestModel as BestModel
from chainrule.train.callback import Callback as Callback
from chainrule.train.checkpoint import Checkpoint as Checkpoint
from chainrule.train.csv_log import CSVLog as CSVLog
from chainrule.train.doctor import Doctor as Doctor
from chainrule.train.early_stopping import EarlyStopping as EarlyStopping
from chainrule.train.errors import CheckpointError as CheckpointError
from chainrule.train.errors import NonFiniteError as NonFiniteError
from chainrule.train.errors import TrainingError as TrainingError
from chainrule.train.evaluation import evaluate as evaluate
from chainrule.train.files import read_data as read_data
from chainrule.train.fit import fit as fit
from chainrule.train.history import History as History
from chainrule.train.json_log import JSONLinesLog as JSONLinesLog
from chainrule.train.picture import Curves as Curves
from chainrule.train.plateau import ReduceOnPlateau as ReduceOnPlateau
from chainrule.train.progress import Progress as Progress
from chainrule.train.rate_finder import RateRange as RateRange
from chainrule.train.rate_finder import rate_finder as rate_finder
from chainrule.train.run import Run as Run
from chainrule.train.tensorboard import TensorBoard as TensorBoard
