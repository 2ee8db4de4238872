"""A PostgreSQL server and a Spark session of the tests' own."""

import os
import shutil
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path

PASSWORD = "s3cret/pass word%21"
SETTINGS = "-c listen_addresses='' -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


def postgres_programs() -> Path:
    """Folder of initdb and pg_ctl: on the path, or where Debian puts them."""
    found = shutil.which("initdb")
    newest = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    return Path(found).resolve().parent if found else (newest or [Path("/usr/lib/postgresql")])[-1]


@contextmanager
def spark_session():
    """A Spark session on one processor that compiles nothing: the tables of tests are small."""
    from pyspark.sql import SparkSession

    folder = tempfile.mkdtemp(prefix="spark-")
    settings = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.log.level": "OFF",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.adaptive.enabled": "false",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
        "spark.sql.warehouse.dir": folder,
        "spark.driver.host": "127.0.0.1",
    }
    session = SparkSession.builder.master("local[1]").config(map=settings).getOrCreate()
    try:
        yield session
    finally:
        session.stop()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def postgres_server():
    """The folder of the socket of a new server, whose user is analyst; it is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    data, password = folder / "data", folder / "password"
    password.write_text(PASSWORD)
    owner = {"user": "nobody", "group": "nogroup"} if os.geteuid() == 0 else {}
    if owner:  # the server refuses to be root
        for path in (folder, password):
            shutil.chown(path, *owner.values())

    def run(program, *arguments):
        command = [postgres_programs() / program, "-D", data, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, **owner)

    run("initdb", "-U", "analyst", "-A", "scram-sha-256", f"--pwfile={password}", "-E", "UTF8",
        "--locale=C.UTF-8", "--no-sync")  # fmt: skip
    settings = f"{SETTINGS} -c unix_socket_directories={folder}"
    run("pg_ctl", "-w", "-l", folder / "log", "-o", settings, "start")
    try:
        yield folder
    finally:
        run("pg_ctl", "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)
