# SPDX-License-Identifier: Apache-2.0
"""A real sound server without sound hardware, for tests of live sound.

A PulseAudio of the test's own with one null sink of three channels: what is played to the
microphone, what Hiss plays, and a clean voice. One recording of that sink holds all three, sample by
sample in step.
"""

import glob
import os
import shutil
import subprocess
import time

from hiss_e2e import HISS, write

RATE = 48000


def why_no_server():
    """Why this machine cannot run such a test; None: it can."""
    for program in ("pulseaudio", "pactl", "paplay", "parec"):
        if not shutil.which(program):
            return f"{program} is not installed"
    if not glob.glob("/usr/lib/*/alsa-lib/libasound_module_pcm_pulse.so"):
        return "libasound2-plugins is not installed"
    done = subprocess.run([HISS, "devices"], capture_output=True, check=False)
    if b"HISS_WITH_PORTAUDIO" in done.stderr:
        return "hiss was built without PortAudio"
    return None


class SoundServer:
    """Mixed into a HissTest: make_sound_server() in setUp; then `environment` leads programs to the
    server, whose devices hiss_in and hiss_out are."""

    def make_sound_server(self):
        runtime = self.path("run")
        os.makedirs(runtime, 0o700)
        self.environment = dict(os.environ, HOME=self.dir, XDG_RUNTIME_DIR=runtime,
                                PULSE_RUNTIME_PATH=os.path.join(runtime, "pulse"))
        for name in ("DISPLAY", "PULSE_SERVER", "DBUS_SESSION_BUS_ADDRESS"):
            self.environment.pop(name, None)
        write(self.path(".asoundrc"), b"".join(
            b'pcm.%s { type pulse device %s hint { show on description "%s" } }\n' % (pcm, device, pcm)
            for pcm, device in ((b"hiss_in", b"mic"), (b"hiss_out", b"heard"), (b"gone", b"nowhere"))) +
              # Plays six channels at one rate only.
              b'pcm.fixed { type a52 rate 48000 slavepcm "null" hint { show on description "fixed" } }\n')
        self.others = []  # what was started besides the server
        self.serve()

    def serve(self):
        one = "channels=1 channel_map=mono remix=no master=bus"
        modules = (
            "module-native-protocol-unix",
            f"module-null-sink sink_name=bus format=float32le rate={RATE} channels=3"
            " channel_map=front-left,front-right,rear-left",
            f"module-remap-sink sink_name=heard {one} master_channel_map=front-right",
            "module-remap-sink sink_name=played master=bus channels=2 remix=no"
            " channel_map=front-left,front-right master_channel_map=front-left,rear-left",
            f"module-remap-source source_name=mic {one}.monitor master_channel_map=front-left",
        )
        command = ["pulseaudio", "-n", "--daemonize=no", "--exit-idle-time=-1", "--log-level=error"]
        for module in modules:
            command += ["-L", module]
        self.server = self.start(command, stderr=subprocess.DEVNULL)
        for _ in range(100):
            found = subprocess.run(["pactl", "list", "short", "sources"], env=self.environment,
                                   capture_output=True, text=True, check=False)
            if "mic" in found.stdout:
                self.others.remove(self.server)
                return
            time.sleep(0.1)
        self.fail("pulseaudio did not start: " + found.stderr)

    def start(self, command, **options):
        process = subprocess.Popen(command, env=self.environment, **options)
        self.addCleanup(self.stop, process)
        self.others.append(process)
        return process

    @staticmethod
    def stop(process):
        if process.poll() is None:
            process.terminate()
        process.wait(20)
        for stream in (process.stdout, process.stderr):
            if stream:
                stream.close()
