"""ULMFiT: AWD-LSTM language models and classifiers in the files of fastai."""
