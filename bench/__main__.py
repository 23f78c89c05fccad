"""`make bench`: all figures, one after the other."""

from bench import imports, ingest, past, read, sweep

for one in (ingest, read, past, imports, sweep):
    one.main()
