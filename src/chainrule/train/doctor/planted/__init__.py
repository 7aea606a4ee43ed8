"""Runs with a planted illness, and healthy ones, by which the doctor is judged."""

from chainrule.train.doctor.planted.score import Judged as Judged
from chainrule.train.doctor.planted.score import Score as Score
from chainrule.train.doctor.planted.score import examinations as examinations
