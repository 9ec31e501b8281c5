"""The tasks of a run on a Dask cluster.

Client (`DaskExecutor`) -> scheduler -> Dask worker (`slots`) -> relay, one for each thread -> killable child.

A Dask worker must outlive every picture: whatever crashes it takes all its work along. So each of its threads keeps a
relay, a small process that runs the same child as a run on one machine. Why no child of the Dask worker itself: under
a nanny it is a daemonic process, which multiprocessing allows no children; and it may be killed at any moment, when a
child that hangs would go on for ever. A relay is no daemonic process, and sees at once that its Dask worker is gone.
"""

from hairdensity.study.cluster.client import DaskExecutor
from hairdensity.study.cluster.connection import ClusterError, Patience
from hairdensity.study.cluster.identity import identify_study

__all__ = ["ClusterError", "DaskExecutor", "Patience", "identify_study"]
