# SPDX-License-Identifier: Apache-2.0
"""The job array of app/README.md on a real Slurm of one machine: two shards, one of them killed and
requeued, are together one run, bit for bit. Skipped where Debian's slurm-wlm is not installed."""

import os
import shutil
import socket
import subprocess
import time

from hiss_e2e import HISS, MODEL, HissTest, main, wav_bytes, write

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol", "squeue")
PATIENCE = 120.0
FILES = 24

CONFIGURATION = """
ClusterName=hiss
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={at}/munge.socket,cred_expire=5
StateSaveLocation={at}/state
SlurmdSpoolDir={at}/spool
SlurmctldPidFile={at}/slurmctld.pid
SlurmdPidFile={at}/slurmd.pid
SlurmctldLogFile={at}/slurmctld.log
SlurmdLogFile={at}/slurmd.log
SlurmctldPort={first_port}
SlurmdPort={second_port}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""

JOB = """#!/bin/sh
#SBATCH --array=1-2 --cpus-per-task=1 --requeue --output={at}/job-%a.log --open-mode=append
exec {hiss} denoise {source} -o {out} --resume --json --model {model} --shard "$SLURM_ARRAY_TASK_ID/2"
"""


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


class Slurm(HissTest):
    def setUp(self):
        super().setUp()
        missing = [name for name in PROGRAMS if shutil.which(name) is None]
        if missing:
            self.skipTest("not installed (package slurm-wlm): " + ", ".join(missing))
        if os.geteuid() != 0 or (os.cpu_count() or 1) < 2:
            self.skipTest("needs root and two cores")
        os.chmod(self.dir, 0o755)
        at = self.path("slurm")
        for name in ("state", "spool"):
            os.makedirs(os.path.join(at, name))
        os.chmod(at, 0o755)
        ports = free_ports(2)
        conf = os.path.join(at, "slurm.conf")
        write(conf, CONFIGURATION.format(at=at, host=socket.gethostname().split(".")[0],
                                         first_port=ports[0], second_port=ports[1],
                                         cpus=os.cpu_count()).encode())
        key = write(os.path.join(at, "munge.key"), os.urandom(1024))
        os.chmod(key, 0o600)
        self.environment = dict(os.environ, SLURM_CONF=conf)
        self.daemon("munged", "--force", "--foreground", "--key-file=" + key,
                    f"--socket={at}/munge.socket", f"--pid-file={at}/munge.pid",
                    f"--log-file={at}/munge.log", f"--seed-file={at}/munge.seed")
        self.wait_until(lambda: os.path.exists(f"{at}/munge.socket"), "munge")
        self.daemon("slurmctld", "-D")
        self.daemon("slurmd", "-D")
        self.wait_until(lambda: "idle" in self.slurm("sinfo", "-h", "-o", "%t", check=False),
                        "the node")

    def daemon(self, *command):
        process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)

    def slurm(self, *command, check=True):
        return subprocess.run(command, env=self.environment, capture_output=True, text=True,
                              check=check).stdout

    def wait_until(self, condition, what):
        end = time.monotonic() + PATIENCE
        while not condition():
            self.assertLess(time.monotonic(), end, f"waited in vain for {what}")
            time.sleep(0.02)

    def test_two_shards_one_killed_and_requeued(self):
        noise = os.urandom(16000)
        for number in range(FILES):
            # Small steps at random: long enough that a shard is caught at work.
            write(self.path("in", str(number % 3), f"{number:02}.wav"),
                  wav_bytes(noise * (60 + number), bits=8))
        self.hiss("denoise", self.path("in"), "-o", self.path("whole"), "--quiet")
        script = write(self.path("job.sh"), JOB.format(
            at=self.path("slurm"), hiss=HISS, source=self.path("in"), out=self.path("out"),
            model=MODEL).encode())
        job = self.slurm("sbatch", "--parsable", script).strip()
        journal = self.path("out", ".hiss-journal-1-of-2")
        self.wait_until(lambda: os.path.exists(journal), "the first output")
        self.slurm("scontrol", "requeue", job + "_1")
        # The other shard is at work: names are counted, for files in the making come and go.
        done = sum(name.startswith("out/") and name.endswith(".wav") for name in self.files())
        self.assertLess(done, FILES)
        self.wait_until(lambda: not self.slurm("squeue", "-h", "-j", job, check=False).strip(),
                        "both shards")
        restarted = self.slurm("scontrol", "show", "job", job + "_1", check=False)
        self.assertIn("Restarts=1", restarted)
        self.assertIn("JobState=COMPLETED", restarted)
        self.assertEqual(self.tree("out"), self.tree("whole"))
        print(f"requeued with {done} of {FILES} files done; the union is the single run", flush=True)


if __name__ == "__main__":
    main()
