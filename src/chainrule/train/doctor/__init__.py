"""The doctor: finds illnesses of a training run, with the gate, the evidence and a remedy.

An illness is a known problem of training, such as a vanishing gradient or a learning rate that is
too large. An exam is a set of measurements at one step.
"""

from chainrule.train.doctor.doctor import Doctor as Doctor
from chainrule.train.doctor.doctor_report import DoctorReport as DoctorReport
from chainrule.train.doctor.exam import Exam as Exam
from chainrule.train.doctor.exam import ExamHistory as ExamHistory
from chainrule.train.doctor.records.exam_records import read as read
from chainrule.train.doctor.rules.finding import DoctorFinding as DoctorFinding
from chainrule.train.doctor.rules.illnesses import found_in as found_in
