"""The open-set test behind `benchmarks/recognition.py`: faces, trials, rates, plots."""
