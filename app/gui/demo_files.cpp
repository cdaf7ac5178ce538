// SPDX-License-Identifier: Apache-2.0
#include "app/gui/demo_files.h"

#include <array>
#include <cstdlib>
#include <system_error>

namespace hiss {
namespace fs = std::filesystem;

std::optional<fs::path> demoFile(std::string_view name) {
  std::error_code error;
  const char* const chosen = std::getenv("HISS_DEMO_DIR");  // NOLINT(concurrency-mt-unsafe)
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  const fs::path test_data = fs::path(HISS_SOURCE_DIR) / "tests/data";
  const std::array<fs::path, 5> folders = {
      chosen == nullptr ? fs::path() : fs::path(chosen),
      program.parent_path().parent_path() / "share/hiss/demo",
      fs::path(HISS_INSTALLED_DEMO_DIR),
      test_data / "audio",
      test_data / "sensors",
  };
  for (const fs::path& folder : folders) {
    if (!folder.empty() && fs::is_regular_file(folder / name, error)) return folder / name;
  }
  return std::nullopt;
}

}  // namespace hiss
