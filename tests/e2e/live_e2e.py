# SPDX-License-Identifier: Apache-2.0
"""`hiss live` and `hiss devices` on a real sound server without sound hardware.

One recording of the server's sink holds what is played to the microphone, what `hiss live` plays and
the clean voice, so that latency and quality are measured and not guessed.
"""

import array
import glob
import json
import math
import operator
import os
import pty
import signal
import subprocess
import sys
import time
import unittest

from hiss_e2e import FLOAT, HISS, INPUT, MODEL, OK, OUTPUT, USAGE, HissTest, Wav, encode, main, write, write_wav
from sound_server import RATE, SoundServer, why_no_server

AUDIO = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "data", "audio")
# `live_e2e.py --thorough`: the whole minute without a gap. Else what shows the same, shorter.
THOROUGH = "--thorough" in sys.argv
if THOROUGH:
    sys.argv.remove("--thorough")
SECONDS = 66 if THOROUGH else 32
SETTLED = 6  # s after which what is told is measured
# Shares of the recording's channels.
NOISY, LIVE, CLEAN = range(3)


def dot(a, b):
    return sum(map(operator.mul, a, b))


def si_sdr(estimate, reference):
    scale = dot(estimate, reference) / dot(reference, reference)
    target = [scale * r for r in reference]
    error = [e - t for e, t in zip(estimate, target)]
    return 10.0 * math.log10(dot(target, target) / dot(error, error))


def thinned(values, step):
    return [sum(values[i : i + step]) for i in range(0, len(values) - step, step)]


def best_lag(late, early, lags):
    """How many samples `late` comes after `early`, both lists; the window is what all lags share."""
    n = len(early) - max(lags)
    return max(lags, key=lambda lag: dot(late[lag : lag + n], early[:n]))


def lag_between(late, early, most):
    """The same for long lists: coarse, then to the sample."""
    step = 8
    coarse = best_lag(thinned(late, step), thinned(early, step), range(most // step))
    return best_lag(late, early, range(max(0, step * (coarse - 2)), step * (coarse + 3)))


def aligned(late, early, begin, end, lag):
    """`late` in step with early[begin:end], whose lag is measured over a second twice a second.

    Keeping two clocks in step moves the sound by some ten microseconds a second, which nobody hears
    but which a measure of waveforms takes for noise.
    """
    reach = 64
    track = []
    for at in range(begin, end + RATE // 2, RATE // 2):
        lag += best_lag(late[at + lag - reach : at + lag + RATE + reach],
                        early[at : at + RATE + 2 * reach], range(2 * reach + 1)) - reach
        track.append(lag)
    result = []
    step = RATE // 32
    for at in range(begin, end, step):
        n = min(step, end - at)
        # A lag belongs to the middle of its second.
        place = max(0.0, (at + n / 2 - begin) / (RATE / 2) - 1.0)
        knot = min(int(place), len(track) - 2)
        lag = round(track[knot] + (place - knot) * (track[knot + 1] - track[knot]))
        result += late[at + lag : at + lag + n]
    return result


@unittest.skipIf(why_no_server(), why_no_server())
class Live(SoundServer, HissTest):
    def setUp(self):
        super().setUp()
        self.make_sound_server()

    def live(self, *arguments):
        return self.start([HISS, "live", "--input", "hiss_in", "--output", "hiss_out",
                           "--input-channels", "1", "--output-channels", "1", "--rate", str(RATE),
                           "--json-stats", *arguments],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def sound(self, name):
        """A recording of the source tree as floats, and its rate."""
        path = self.path(name + ".wav")
        self.hiss("denoise", os.path.join(AUDIO, name + ".flac"), "-o", path, "--mix", "0",
                  "--subtype", "float", "--quiet")
        wav = Wav.read(path)
        os.remove(path)
        return wav.floats(), wav.rate

    def record(self, seconds, *live_arguments):
        """Plays, runs `hiss live` and records; returns the three channels and the statistics."""
        noisy, rate = self.sound("cafe_noisy")
        clean, _ = self.sound("cafe_clean")
        times = math.ceil((seconds + 4) * rate / len(noisy))
        both = array.array("f", (v for pair in zip(noisy, clean) for v in pair)) * times
        played = write_wav(self.path("played.wav"), rate=rate, channels=2, bits=32, tag=FLOAT,
                           values=both)
        player = self.start(["paplay", "--device=played", "--latency-msec=100", played])
        live = self.live("--duration", str(seconds), *live_arguments)
        recorder = self.start(["parec", "--device=bus.monitor", "--format=float32le", "--channels=3",
                               f"--rate={RATE}", "--channel-map=front-left,front-right,rear-left",
                               "--raw", self.path("bus.raw")])
        out, error = live.communicate(timeout=seconds + 60)
        self.assertEqual(live.returncode, OK, error)
        self.stop(recorder)
        self.stop(player)
        values = array.array("f")
        with open(self.path("bus.raw"), "rb") as file:
            content = file.read()
        values.frombytes(content[: len(content) // 12 * 12])
        channels = [list(values[c::3]) for c in range(3)]
        return channels, [json.loads(line) for line in out.splitlines()]

    def test_quality_latency_and_no_gap(self):
        # In real time, on a machine that others may use too: what they take from it is no fault of
        # the live path, so it may try three times.
        for attempt in range(3):
            try:
                self.measure(f"{attempt}_")
                return
            except AssertionError as error:
                if attempt == 2:
                    raise
                print(f"once more, for: {str(error)[:400]}")
                for process in reversed(self.others):
                    self.stop(process)

    def measure(self, prefix):
        # The shipped model: its score is what the live path may not lower.
        channels, stats = self.record(SECONDS, "--model", "base", "--latency", "safe",
                                      "--record-in", self.path(prefix + "in.wav"),
                                      "--record-out", self.path(prefix + "out.wav"))
        self.assertGreaterEqual(len(stats), SECONDS - 2)
        settled = [s for s in stats if s["processed_s"] > SETTLED]
        self.assertGreater(len(settled), 10)
        self.assertEqual(set(stats[-1]["xruns"].values()), {0}, stats[-1])

        # Latency: by cross-correlation over two seconds, several times, against what was told then.
        # What the session recorded tells when in the recording of the sink it began.
        heard = list(Wav.read(self.path(prefix + "in.wav")).floats())
        at = 8 * RATE
        late_s = best_lag(thinned(channels[NOISY][at : at + 6 * RATE], 48),
                          thinned(heard[at : at + 6 * RATE], 48), range(4000)) * 48 / RATE
        lags = []
        told = []
        for second in range(SETTLED + 4, SECONDS - 3, 3):
            at = second * RATE
            lags.append(lag_between(channels[LIVE][at : at + 2 * RATE],
                                    channels[NOISY][at : at + 2 * RATE], RATE // 4))
            told.append([s["latency_ms"]["total"] for s in stats
                         if abs(s["processed_s"] + late_s - second - 1) < 1.6])
            measured = 1000.0 * lags[-1] / RATE
            self.assertGreater(measured, min(told[-1]) - 5.0, (second, told[-1]))
            self.assertLess(measured, max(told[-1]) + 5.0, (second, told[-1]))
            # At the target, but for what the way there may still take.
            for s in stats:
                if abs(s["processed_s"] + late_s - second - 1) < 1.6:
                    rings = s["latency_ms"]["ring_in"] + s["latency_ms"]["ring_out"]
                    self.assertLess(abs(rings - s["latency_ms"]["rings_target"]), 5.0, s)

        # Quality: against the batch result of the very sound that the microphone heard.
        begin, end = (SECONDS - 16) * RATE, (SECONDS - 4) * RATE
        write_wav(self.path(prefix + "noisy.wav"), rate=RATE, bits=32, tag=FLOAT, values=channels[NOISY])
        self.hiss("denoise", self.path(prefix + "noisy.wav"), "-o", self.path(prefix + "batch.wav"), "--model", "base",
                  "--quiet", model="")
        batch = list(Wav.read(self.path(prefix + "batch.wav")).floats())
        clean = channels[CLEAN][begin:end]
        scores = {
            "noisy": si_sdr(channels[NOISY][begin:end], clean),
            "batch": si_sdr(batch[begin:end], clean),
            "live": si_sdr(aligned(channels[LIVE], batch, begin, end, lags[-5]),
                           clean),
        }
        print(f"SI-SDR {scores}, latency {[round(values[1], 2) for values in told]} ms told, "
              f"{[round(1000.0 * lag / RATE, 2) for lag in lags]} ms measured, "
              f"drift {stats[-1]['ppm']}")
        self.assertGreater(scores["batch"], scores["noisy"] + 1.0)
        self.assertGreater(scores["live"], scores["batch"] - 1.0)

        # What was recorded on the way is whole: the batch result of the one is the other.
        self.hiss("denoise", self.path(prefix + "in.wav"), "-o", self.path(prefix + "again.wav"), "--model", "base",
                  "--quiet", model="")
        recorded = Wav.read(self.path(prefix + "out.wav")).floats()
        again = Wav.read(self.path(prefix + "again.wav")).floats()
        self.assertEqual(len(recorded), len(again))
        self.assertGreater(len(recorded), (SECONDS - 3) * RATE)
        delay = round(settled[0]["latency_ms"]["model"] * RATE / 1000.0)
        self.assertEqual(recorded[delay:], again[: len(again) - delay])

    def test_devices_are_listed(self):
        done = self.hiss("devices", "--json", model="", env=self.environment)
        devices = {device["name"]: device for device in json.loads(done.stdout)["devices"]}
        for name in ("hiss_in", "hiss_out"):
            self.assertGreater(devices[name]["input_channels"], 0)
            self.assertGreater(devices[name]["output_channels"], 0)
        text = self.hiss("devices", model="", env=self.environment).stdout.decode()
        self.assertIn("ALSA: hiss_in", text)

    def test_errors_are_one_line(self):
        taken = write(self.path("taken.wav"), b"mine")
        cases = [
            (USAGE, ["--input", "his_in"], ["his_in", "closest", '"hiss_in"']),
            (USAGE, ["--output", "hiss"], ["one output device", '"hiss_in", "hiss_out"']),
            (USAGE, ["--record-in", "a.wav", "--record-out", "a.wav"], ["a.wav"]),
            (OUTPUT, ["--input", "hiss_in", "--output", "hiss_out", "--record-in", taken], [taken]),
            (OUTPUT, ["--input", "hiss_in", "--output", "hiss_out", "--record-in",
                      self.path("taken.wav", "x.wav")], ["taken.wav"]),
        ]
        for code, arguments, parts in cases:
            with self.subTest(arguments):
                done = self.hiss("live", *arguments, "--model", MODEL, "--duration", "1", code=code,
                                 env=self.environment)
                self.assert_one_line(done.stderr, *parts)
        with open(taken, "rb") as file:
            self.assertEqual(file.read(), b"mine")
        for arguments in (["--block", "0"], ["--block", "many"], ["--latency", "none"],
                          ["--rate", "7"], ["--duration", "nan"]):
            done = self.hiss("live", *arguments, code=USAGE, env=self.environment)
            self.assertEqual(done.stderr.count("\n"), 1, done.stderr)

    def test_devices_that_cannot_be_opened(self):
        for code, arguments in ((INPUT, ["--input", "gone", "--output", "hiss_out"]),
                                (OUTPUT, ["--input", "hiss_in", "--output", "gone"])):
            done = self.hiss("live", *arguments, "--model", MODEL, "--duration", "1", code=code,
                             env=self.environment)
            self.assert_one_line(done.stderr, "gone: expected an ")

    def test_rates_and_channels_that_a_device_has_not(self):
        if not glob.glob("/usr/lib/*/alsa-lib/libasound_module_pcm_a52.so"):
            self.skipTest("ALSA's a52 is not installed")
        for arguments, parts in ((["--rate", "44100"], ["fixed: expected an output rate", "--rate", "44100 Hz"]),
                                 (["--output-channels", "7"], ["fixed: expected at most 6 channels, found 7"])):
            done = self.hiss("live", "--input", "hiss_in", "--output", "fixed", *arguments, "--model", MODEL,
                             "--duration", "1", code=USAGE, env=self.environment)
            self.assert_one_line(done.stderr, *parts)

    def test_signals_end_it_cleanly_with_whole_recordings(self):
        for number in (signal.SIGINT, signal.SIGTERM):
            recording = self.path(f"{number}.wav")
            live = self.live("--model", MODEL, "--record-out", recording)
            for _ in range(4):
                live.stdout.readline()
            self.assertFalse(os.path.exists(recording))
            live.send_signal(number)
            _, error = live.communicate(timeout=30)
            self.assertEqual(live.returncode, OK, error)
            wav = Wav.read(recording)
            self.assertEqual((wav.rate, wav.channels, wav.bits), (RATE, 1, 32))
            self.assertGreater(wav.samples, RATE)
        self.assertEqual([name for name in self.files() if ".hiss-" in name], [])

    def test_keys_change_what_is_heard(self):
        terminal, end = pty.openpty()
        self.addCleanup(os.close, terminal)
        live = self.start([HISS, "live", "--input", "hiss_in", "--output", "hiss_out", "--model", MODEL,
                           "--json-stats"],
                          stdin=end, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        os.close(end)

        def after(keys):
            os.write(terminal, keys)
            live.stdout.readline()
            return json.loads(live.stdout.readline())

        stats = after(b"b")
        self.assertTrue(stats["bypass"])
        self.assertIsNone(stats["atten_limit_db"])
        self.assertGreater(len(stats["state_rms"]), 0)
        stats = after(b"br--")
        self.assertFalse(stats["bypass"])
        self.assertTrue(stats["removed"])
        self.assertEqual(stats["atten_limit_db"], 57.0)
        self.assertIsNone(after(b"++")["atten_limit_db"])
        os.write(terminal, b"q")
        live.communicate(timeout=30)
        self.assertEqual(live.returncode, OK)

    def test_a_server_that_is_gone_is_found_again(self):
        recording = self.path("out.wav")
        live = self.live("--model", MODEL, "--record-out", recording)
        for _ in range(4):
            before = json.loads(live.stdout.readline())
        self.server.kill()
        self.server.wait(20)
        while json.loads(live.stdout.readline())["playing"]:
            pass
        self.serve()
        for _ in range(30):
            stats = json.loads(live.stdout.readline())
            if stats["playing"] and stats["processed_s"] > before["processed_s"] + 2.0:
                break
        self.assertEqual(stats["reconnections"], 1)
        live.send_signal(signal.SIGTERM)
        _, error = live.communicate(timeout=30)
        self.assertEqual(live.returncode, OK, error)
        self.assertLessEqual(len(error.splitlines()), 4, error)  # used, priority, lost, back
        self.assertIn("expected a device that runs, found none", error)
        self.assertIn("back after", error)
        self.assertGreater(Wav.read(recording).samples, stats["processed_s"] * RATE - 1)

    def pactl(self, *arguments):
        return subprocess.run(["pactl", *arguments], env=self.environment, capture_output=True,
                              text=True, check=True).stdout

    def test_virtual_microphone_comes_back_with_the_server(self):
        live = self.start([HISS, "live", "--virtual-mic", "--input", "hiss_in", "--model", MODEL, "--json-stats"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3):
            live.stdout.readline()
        self.server.kill()
        self.server.wait(20)
        while json.loads(live.stdout.readline())["playing"]:
            pass
        self.serve()
        for _ in range(30):
            if json.loads(live.stdout.readline())["playing"]:
                break
        self.assertEqual(self.pactl("list", "short", "sources").count("\thiss_mic\t"), 1)
        live.send_signal(signal.SIGTERM)
        _, error = live.communicate(timeout=30)
        self.assertEqual(live.returncode, OK, error)
        self.assertNotIn("hiss_mic", self.pactl("list", "short", "sources"))

    def test_status_line_names_the_kinds_of_xruns(self):
        terminal, end = pty.openpty()
        live = self.start([HISS, "live", "--input", "hiss_in", "--output", "hiss_out", "--model", MODEL,
                           "--duration", "4"], stdin=end, stdout=subprocess.DEVNULL, stderr=end)
        os.close(end)
        time.sleep(2)
        live.send_signal(signal.SIGSTOP)  # long enough for a gap
        time.sleep(0.5)
        live.send_signal(signal.SIGCONT)
        text = b""
        while True:
            try:
                piece = os.read(terminal, 4096)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            text += piece
        os.close(terminal)
        live.wait(30)
        self.assertIn(b"xruns 0", text)
        self.assertRegex(text, rb"xruns [a-z ]+ \d")

    def test_virtual_microphone_is_there_while_it_runs(self):
        command = [HISS, "live", "--virtual-mic", "--input", "hiss_in", "--model", MODEL, "--mix", "0",
                   "--json-stats"]
        # Killed, it leaves its microphone; the next one removes it.
        killed = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        killed.stdout.readline()
        killed.kill()
        killed.wait(20)
        self.assertIn("hiss_mic", self.pactl("list", "short", "sources"))

        live = self.start(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(4):
            live.stdout.readline()
        sources = self.pactl("list", "short", "sources")
        self.assertEqual(sources.count("\thiss_mic\t"), 1, sources)
        second = self.hiss("live", "--virtual-mic", "--model", MODEL, code=OUTPUT, env=self.environment)
        self.assert_one_line(second.stderr, "--virtual-mic", f"process {live.pid}")
        tone = write_wav(self.path("tone.wav"), samples=8 * RATE, rate=RATE)
        self.start(["paplay", "--device=played", "--channel-map=front-left", tone])
        recorder = self.start(["parec", "--device=hiss_mic", "--format=float32le", "--channels=1",
                               f"--rate={RATE}", "--raw", self.path("mic.raw")])
        time.sleep(4)
        self.stop(recorder)
        heard = array.array("f")
        with open(self.path("mic.raw"), "rb") as file:
            content = file.read()
        heard.frombytes(content[: len(content) // 4 * 4])
        self.assertGreater(max(heard), 0.1)
        live.send_signal(signal.SIGTERM)
        _, error = live.communicate(timeout=30)
        self.assertEqual(live.returncode, OK, error)
        self.assertNotIn("hiss_mic", self.pactl("list", "short", "sources"))
        self.assertNotIn("hiss_mic", self.pactl("list", "short", "sinks"))


if __name__ == "__main__":
    main()
