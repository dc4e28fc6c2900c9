"""A private PostgreSQL cluster: on a free loopback port, in a folder of its own, ended by its id."""
import atexit
import contextlib
import glob
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import threading

from waiting import until

_shared = None
_lock = threading.Lock()


def programs():
    """The folder of the newest server's programs, or ""."""
    found = [os.path.dirname(path) for path in glob.glob("/usr/lib/postgresql/*/bin/initdb")]
    return max(found, key=lambda path: float(path.split("/")[4]), default="")


def owner():
    """The server refuses to run as root; then it runs as `postgres`."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam("postgres")
    except KeyError:
        return None


def why_not():
    if not programs():
        return "PostgreSQL's server programs are not installed"
    if os.geteuid() == 0 and owner() is None:
        return "the server does not run as root, and there is no user postgres"
    return ""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def parent_of(pid):
    """The parent's id; 0 when the process has ended."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            state, parent = stat.read().rpartition(")")[2].split()[:2]
            return 0 if state == "Z" else int(parent)
    except OSError:
        return 0


class Cluster:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="perennial-bb-pg-")
        self.user = owner()
        if self.user:
            os.chown(self.folder, self.user.pw_uid, self.user.pw_gid)
        self.port = free_port()
        self.process = None
        self.databases = 0
        self._run("initdb", "-D", self._data(), "-A", "trust", "-U", "postgres", "-E", "UTF8",
                  "--locale=C", "-N")
        self.start()

    def _data(self):
        return os.path.join(self.folder, "data")

    def _as(self):
        return {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []} \
            if self.user else {}

    def _run(self, program, *arguments):
        done = subprocess.run([os.path.join(programs(), program), *arguments], cwd="/",
                              capture_output=True, text=True, **self._as())
        if done.returncode != 0:
            raise AssertionError(f"{program}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self):
        """Starts the server (it recovers by itself) and waits until it answers."""
        with open(os.path.join(self.folder, "log"), "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(programs(), "postgres"), "-D", self._data(), "-k", self.folder,
                 "-h", "127.0.0.1", "-p", str(self.port), "-c", "max_connections=80",
                 "-c", "shared_buffers=64MB", "-c", "deadlock_timeout=100ms"],
                stdout=log, stderr=log, cwd="/", start_new_session=True, **self._as())
        until(self._answers, what="the start of PostgreSQL")

    def _answers(self):
        if self.process.poll() is not None:
            with open(os.path.join(self.folder, "log"), encoding="utf-8") as log:
                raise AssertionError(f"PostgreSQL ended: {log.read()[-3000:]}")
        return subprocess.run([os.path.join(programs(), "pg_isready"), "-q", "-h", "127.0.0.1",
                               "-p", str(self.port)]).returncode == 0

    def url(self, database):
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def sql(self, statement, database="postgres"):
        return self._run("psql", "-X", "-q", "-At", "-v", "ON_ERROR_STOP=1", "-d",
                         self.url(database), "-c", statement)

    def dump(self, database):
        """All that the database says, as text."""
        return self._run("pg_dump", "--inserts", "-d", self.url(database))

    def create_database(self):
        self.databases += 1
        name = f"bb{self.databases}"
        self.sql(f"CREATE DATABASE {name}")
        return name

    def drop_database(self, name):
        self.sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def kill(self):
        """kill -9 of the postmaster and of every process it has started."""
        children = [pid for pid in map(int, filter(str.isdigit, os.listdir("/proc")))
                    if parent_of(pid) == self.process.pid]
        self.process.kill()
        for child in children:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        self.process.wait()
        until(lambda: not any(parent_of(child) for child in children),
              what="the end of PostgreSQL's processes")

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)


def shared():
    """One cluster for the whole run."""
    global _shared
    with _lock:
        if _shared is None:
            _shared = Cluster()
            atexit.register(_shared.close)
        return _shared
