// SPDX-License-Identifier: Apache-2.0
#include <set>

#include "app/cli/option_parts.h"
#include "models/import/model_import.h"

namespace hiss {

void addImport(CLI::App& app, ImportOptions& options) {
  CLI::App* const command =
      app.add_subcommand("import", "Make a model file of weights that others published");
  command->footer(
      "Reads .safetensors files and those of PyTorch (.bin, .pt, .pkl), without running anything\n"
      "that they hold: Mamba and Mamba-2 language models (state-spaces/mamba, Hugging Face) and\n"
      "CleanUMamba denoisers. Whatever is missing, of another shape or not known is named, and\n"
      "nothing is written.");
  command->add_option("input", options.input, "file with the weights")
      ->type_name("FILE")
      ->required();
  command->add_option("-o,--output", options.output, "model file to make")
      ->type_name("OUT.safetensors")
      ->required()
      ->check([](const std::string& text) {
        return text.ends_with(".safetensors")
                   ? std::string()
                   : "expected a name that ends in .safetensors, found \"" + text + "\"";
      });
  command->add_option("--config", options.config, "JSON file that was published with them")
      ->type_name("FILE");
  std::set<std::string> kinds = {"auto"};
  std::string names = "auto";
  for (const ImportKind kind : kImportKinds) {
    kinds.emplace(importKindName(kind));
    names += "|";
    names += importKindName(kind);
  }
  command->add_option("--kind", options.kind, "what it is (default: the tensors' names say it)")
      ->type_name(names)
      ->check(CLI::IsMember(kinds));
  command->add_flag("--force", options.force, "replace the model file if it exists");
}

}  // namespace hiss
