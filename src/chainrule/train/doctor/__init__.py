"""The doctor: what ails a training run, the gate to blame, the evidence, and a remedy."""

from chainrule.train.doctor.doctor import Doctor as Doctor
from chainrule.train.doctor.doctor_report import DoctorReport as DoctorReport
from chainrule.train.doctor.exam import Exam as Exam
from chainrule.train.doctor.exam import ExamHistory as ExamHistory
from chainrule.train.doctor.records.exam_records import read as read
from chainrule.train.doctor.rules.finding import Finding as Finding
from chainrule.train.doctor.rules.illnesses import found_in as found_in
