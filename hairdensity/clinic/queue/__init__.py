"""The queue of a clinic's work: jobs of the database, and what people wait for, handed to child processes.

`working` holds the threads, `lane` the one child that each has, `gate` keeps a job that killed its child apart from the
others, `states` moves jobs in the database, `answers` turns what a child says into a value or an exception.
"""

from hairdensity.clinic.queue.working import Queue, QueueSettings

__all__ = ["Queue", "QueueSettings"]
