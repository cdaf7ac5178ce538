// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace hiss {

// NumPy as the judge of what was written.
inline bool hasNumpy() {
  static const bool kFound =
      std::system("'" HISS_PYTHON "' -c 'import numpy' >/dev/null 2>&1") == 0;  // NOLINT
  return kFound;
}

// What a Python program prints that finds numpy as np and the arrays of `file` as z; its error text
// if it fails.
inline std::string ofArrays(const std::filesystem::path& file, const std::string& program) {
  const std::filesystem::path script = file.parent_path() / "look.py";
  std::ofstream(script) << "import numpy as np, zipfile\n"
                        << "assert zipfile.ZipFile('" << file.string() << "').testzip() is None\n"
                        << "z = np.load('" << file.string() << "', allow_pickle=False)\n"
                        << program << "\n";
  const std::string command =
      "PYTHONIOENCODING=utf-8 '" HISS_PYTHON "' '" + script.string() + "' 2>&1";
  std::string said;
  FILE* pipe = ::popen(command.c_str(), "r");  // NOLINT(cert-env33-c)
  if (pipe == nullptr) return "popen failed";
  for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe)) said += static_cast<char>(c);
  ::pclose(pipe);
  std::filesystem::remove(script);
  return said;
}

}  // namespace hiss
