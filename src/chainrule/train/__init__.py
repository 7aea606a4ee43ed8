"""Training: the loop `fit`, callbacks, checkpoints, metrics and the doctor."""

from chainrule.train import metrics as metrics
from chainrule.train.callbacks.best_model import BestModel as BestModel
from chainrule.train.callbacks.callback import Callback as Callback
from chainrule.train.callbacks.csv_log import CSVLog as CSVLog
from chainrule.train.callbacks.curve_picture import Curves as Curves
from chainrule.train.callbacks.early_stopping import EarlyStopping as EarlyStopping
from chainrule.train.callbacks.json_log import JSONLinesLog as JSONLinesLog
from chainrule.train.callbacks.progress_bar import Progress as Progress
from chainrule.train.callbacks.reduce_on_plateau import ReduceOnPlateau as ReduceOnPlateau
from chainrule.train.callbacks.tensorboard import TensorBoard as TensorBoard
from chainrule.train.checkpoints.checkpoint import Checkpoint as Checkpoint
from chainrule.train.data.data_files import read_data as read_data
from chainrule.train.data.length_buckets import LengthBuckets as LengthBuckets
from chainrule.train.doctor import Doctor as Doctor
from chainrule.train.errors import CheckpointError as CheckpointError
from chainrule.train.errors import NonFiniteError as NonFiniteError
from chainrule.train.errors import TrainingError as TrainingError
from chainrule.train.evaluation import evaluate as evaluate
from chainrule.train.fit import fit as fit
from chainrule.train.own_loop import parallel_step as parallel_step
from chainrule.train.parallel.parallel_step import ParallelStep as ParallelStep
from chainrule.train.rate_finder import RateRange as RateRange
from chainrule.train.rate_finder import rate_finder as rate_finder
from chainrule.train.state.history import History as History
from chainrule.train.state.run import Run as Run
