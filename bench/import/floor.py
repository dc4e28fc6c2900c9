"""The floor of an import: a bare loop that writes the rows of a finished import again, in batches of 256
orders, synchronous=FULL. Reading them is not timed. usage: floor.py FINISHED.db TARGET.db"""
import json
import os
import sqlite3
import sys
import time

source = sqlite3.connect(sys.argv[1])
tables = ["claims", "customers", "orders", "cards", "entries", "timers"]
target = sqlite3.connect(sys.argv[2], isolation_level=None)
target.execute("PRAGMA journal_mode=WAL")
target.execute("PRAGMA synchronous=FULL")
rows = {}
for table in tables:
    for (sql,) in source.execute("SELECT sql FROM sqlite_master WHERE tbl_name = ? AND sql IS NOT NULL "
                                 "ORDER BY type DESC", (table,)):
        target.execute(sql)
    rows[table] = source.execute(f"SELECT * FROM {table}").fetchall()
batches = max(1, len(rows["orders"]) // 256)
start = time.monotonic()
cpu = time.process_time()
for batch in range(batches):
    target.execute("BEGIN IMMEDIATE")
    for table in tables:
        part = rows[table][batch * len(rows[table]) // batches:(batch + 1) * len(rows[table]) // batches]
        if part:
            marks = ",".join("?" * len(part[0]))
            target.executemany(f"INSERT INTO {table} VALUES ({marks})", part)
    target.execute("COMMIT")
print(json.dumps({"seconds": round(time.monotonic() - start, 2), "cpu_s": round(time.process_time() - cpu, 2)}))
os.unlink(sys.argv[2])
