"""Agreement: two readers, a reader and the algorithm, or repeats.

Estimators take arrays (subjects by raters) and know nothing of studies; `comparisons` brings readings and the tables of
a run to that shape, `analysis` applies the estimators, `document` writes what was found.
"""
