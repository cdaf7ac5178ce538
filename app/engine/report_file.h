// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "app/engine/atomic_output.h"
#include "app/engine/batch_run.h"

namespace hiss {

// The report of a batch (`hiss denoise --report`): JSON, CSV or HTML by its extension. It is
// written beside and gets its name when complete; rows of CSV and HTML are written as files end, so
// that pictures are not kept. [main-thread]
class ReportFile {
 public:
  // True for a name that ends in .json, .csv or .html.
  static bool isReportName(const std::string& name);

  // Throws Failure(kOutput), also if the file exists and `replace` is false.
  ReportFile(const std::string& path, bool replace);

  // Whether such a report takes pictures of the files (FileOutcome::picture_png).
  static bool takesPictures(const std::string& name) { return name.ends_with(".html"); }

  // `picture_png`: of a report that takes pictures; may be empty.
  void add(const FileOutcome& outcome, const std::string& picture_png);

  // `document`: that of --json, with all files. Completes the file. Throws Failure(kOutput).
  void finish(const nlohmann::json& document);

 private:
  enum class Kind { kJson, kCsv, kHtml };

  void write(const std::string& text);
  void addRow(const nlohmann::json& row, const std::string& picture_png);

  Kind kind_;
  AtomicOutput output_;
};

}  // namespace hiss
