// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <filesystem>

#include "app/cli/commands.h"
#include "app/cli/report.h"
#include "app/engine/atomic_output.h"
#include "app/engine/file_identity.h"
#include "models/import/model_import.h"
#include "models/model_error.h"

namespace hiss {
namespace {

ImportedModel importedOf(const ImportOptions& options) {
  ImportRequest request;
  request.input = options.input;
  request.config = options.config;
  request.name = std::filesystem::path(options.output).stem().string();
  for (const ImportKind kind : kImportKinds) {
    if (options.kind == importKindName(kind)) request.kind = kind;
  }
  try {
    return importModel(request);
  } catch (const ModelError& error) {
    throw Failure(FailureKind::kModel, error.what());
  }
}

}  // namespace

ExitCode runImport(const ImportOptions& options) {
  requireDifferentFiles(options.input, options.output);
  const ImportedModel model = importedOf(options);
  AtomicOutput output(options.output, options.force ? AtomicOutput::Existing::kReplace
                                                    : AtomicOutput::Existing::kRefuse);
  if (output.file().write(model.file) != model.file.size()) {
    throw Failure(FailureKind::kOutput, output.name(), "a file that can be written",
                  errnoText(output.file().lastError()));
  }
  output.commit();
  printText(fmt::format("{}: {}, {} values in {} tensors\n", options.output,
                        importKindName(model.kind), model.parameters, model.tensors));
  return ExitCode::kOk;
}

}  // namespace hiss
