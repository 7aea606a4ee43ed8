"""The rules of the doctor: which measurements of the exams mean which illness."""
