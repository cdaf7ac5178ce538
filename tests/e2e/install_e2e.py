# SPDX-License-Identifier: Apache-2.0
"""What is installed works from where it was put, without the source tree's environment."""

import json
import os
import subprocess

from hiss_e2e import HissTest, main, write_wav

BUILD = os.environ.get("HISS_BUILD_DIR", "")
CMAKE = os.environ.get("HISS_CMAKE", "cmake")


class Install(HissTest):
    def test_command_line_and_models(self):
        prefix = self.path("prefix")
        for component in ("cli", "models"):
            subprocess.run([CMAKE, "--install", BUILD, "--prefix", prefix, "--component", component],
                           check=True, stdout=subprocess.DEVNULL)
        program = os.path.join(prefix, "bin", "hiss")
        # No variable of the caller, so that only the program's own place can tell.
        environment = {"HOME": self.dir, "PATH": os.environ["PATH"]}
        shown = subprocess.run([program, "info", "--json"], env=environment, check=True,
                               capture_output=True)
        info = json.loads(shown.stdout)
        models = os.path.join(prefix, "share", "hiss", "models")
        self.assertIn(models, [os.path.normpath(d) for d in info["model_directories"]])
        self.assertTrue(os.path.exists(os.path.join(prefix, "share", "man", "man1", "hiss.1")))
        if not os.path.exists(os.path.join(models, "base.safetensors")):
            self.skipTest("no model in this source tree")
        path = {entry["name"]: entry["path"] for entry in info["models"]}["base"]
        self.assertEqual(os.path.dirname(os.path.normpath(path)), models)
        source = write_wav(self.path("a.wav"))
        subprocess.run([program, "denoise", source], env=environment, check=True,
                       stdout=subprocess.DEVNULL)
        self.assertEqual(os.path.getsize(self.path("a.denoised.wav")), os.path.getsize(source))


if __name__ == "__main__":
    main()
