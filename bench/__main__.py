"""`make bench`: all figures, one after the other."""

from bench import imports, ingest, read, sweep

for one in (ingest, read, imports, sweep):
    one.main()
