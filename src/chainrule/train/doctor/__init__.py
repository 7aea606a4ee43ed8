"""The doctor: what ails a training run, the gate to blame, the evidence, and a remedy."""

from chainrule.train.doctor.doctor import Doctor as Doctor
from chainrule.train.doctor.exam import Exam as Exam
from chainrule.train.doctor.exam import History as History
from chainrule.train.doctor.finding import Finding as Finding
from chainrule.train.doctor.illnesses import found_in as found_in
from chainrule.train.doctor.records import read as read
from chainrule.train.doctor.report import Report as Report
