// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hiss {

// Whose weights a file holds: of a language model of Mamba or Mamba-2 blocks (state-spaces/mamba,
// or Hugging Face), or of a CleanUMamba denoiser.
enum class ImportKind { kMamba, kMamba2, kCleanUMamba };
inline constexpr ImportKind kImportKinds[] = {ImportKind::kMamba, ImportKind::kMamba2,
                                              ImportKind::kCleanUMamba};

// "mamba", "mamba2", "cleanumamba". [thread-safe]
[[nodiscard]] std::string_view importKindName(ImportKind kind) noexcept;

struct ImportRequest {
  std::filesystem::path input = {};               // see Checkpoint
  std::filesystem::path config = {};              // JSON published beside the weights; empty: none
  std::optional<ImportKind> kind = std::nullopt;  // nothing: the tensors' names say it
  std::string name = {};                          // of the new model, for its card
};

struct ImportedModel {
  ImportKind kind = ImportKind::kMamba;
  std::size_t tensors = 0;
  std::size_t parameters = 0;
  std::vector<std::byte> file;  // a model file: task `sequence`, or `denoise`
};

// Turns published weights into a model file, which is read back once before it is handed over.
// Every tensor of the file must be known and have the shape that the others call for. Throws
// ModelError that names the file, the tensor or the key, what was expected and what found.
// [main-thread]
[[nodiscard]] ImportedModel importModel(const ImportRequest& request);

}  // namespace hiss
