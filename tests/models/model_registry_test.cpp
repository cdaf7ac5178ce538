// SPDX-License-Identifier: Apache-2.0
#include "models/model_registry.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "models/model_error.h"
#include "tests/models/model_maker.h"

namespace hiss {
namespace {

namespace fs = std::filesystem;

// Sets an environment variable for the length of a test.
class ScopedVariable {
 public:
  ScopedVariable(const char* name, const char* value) : name_(name) {
    if (const char* old = std::getenv(name)) old_ = old;  // NOLINT(concurrency-mt-unsafe)
    set(value);
  }
  ~ScopedVariable() { set(old_ ? old_->c_str() : nullptr); }
  ScopedVariable(const ScopedVariable&) = delete;
  ScopedVariable& operator=(const ScopedVariable&) = delete;

 private:
  void set(const char* value) const {
    if (value != nullptr) {
      setenv(name_, value, 1);  // NOLINT(concurrency-mt-unsafe)
    } else {
      unsetenv(name_);  // NOLINT(concurrency-mt-unsafe)
    }
  }
  const char* name_;
  std::optional<std::string> old_;
};

class ModelRegistryTest : public testing::Test {
 protected:
  void SetUp() override {
    const testing::TestInfo* info = testing::UnitTest::GetInstance()->current_test_info();
    root = fs::path(testing::TempDir()) / (std::string("hiss_registry_") + info->name());
    fs::remove_all(root);
    fs::create_directories(root / "one");
    fs::create_directories(root / "two");
  }
  void TearDown() override { fs::remove_all(root); }
  void touch(const fs::path& path) const { writeBytes(root / path, {}); }

  fs::path root;
};

TEST_F(ModelRegistryTest, ListsFilesAndLetsTheEarlierDirectoryWin) {
  touch("one/a.safetensors");
  touch("two/a.safetensors");
  touch("two/b.safetensors");
  touch("two/notes.txt");
  fs::create_directories(root / "two" / "folder.safetensors");
  const ModelRegistry registry({root / "none", root / "one", root / "two"});
  const std::vector<ModelEntry> entries = registry.list();
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(entries[0].name, "a");
  EXPECT_EQ(entries[0].path, root / "one" / "a.safetensors");
  EXPECT_EQ(entries[1].name, "b");
  EXPECT_EQ(registry.find("b"), root / "two" / "b.safetensors");
}

TEST_F(ModelRegistryTest, TakesAPathAsItIs) {
  const ModelRegistry registry(std::vector<fs::path>{});
  EXPECT_EQ(registry.find("some/where/model"), "some/where/model");
  EXPECT_EQ(registry.find("model.safetensors"), "model.safetensors");
}

TEST_F(ModelRegistryTest, SaysWhatThereIsAndWhereItLooked) {
  touch("one/a.safetensors");
  touch("one/b.safetensors");
  const ModelRegistry registry({root / "one", root / "two"});
  try {
    (void)registry.find("c\n");
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_EQ(std::string(error.what()),
              "model \"c\\x0a\": name: expected one of the models available (a, b), found no such "
              "file in " +
                  (root / "one").string() + ", " + (root / "two").string());
  }
  const ModelRegistry empty(std::vector<fs::path>{root / "two"});
  try {
    (void)empty.find("c");
    FAIL();
  } catch (const ModelError& error) {
    EXPECT_NE(std::string(error.what()).find("(none)"), std::string::npos) << error.what();
  }
}

TEST_F(ModelRegistryTest, SearchesInTheDocumentedOrder) {
  const ScopedVariable model_dir("HISS_MODEL_DIR", "/models/here");
  const ScopedVariable data_home("XDG_DATA_HOME", "/data/home");
  const ScopedVariable data_dirs("XDG_DATA_DIRS", "/data/one:relative:/data/two/:");
  const std::vector<fs::path> found = ModelRegistry::defaultSearchPath();
  ASSERT_GE(found.size(), 6U);
  EXPECT_EQ(found[0], "/models/here");
  EXPECT_EQ(found[1], "/data/home/hiss/models");
  EXPECT_EQ(found[2], "/data/one/hiss/models");
  EXPECT_EQ(found[3], "/data/two/hiss/models");
  EXPECT_TRUE(found.back().string().ends_with("models/weights")) << found.back();
  for (const fs::path& path : found) {
    EXPECT_EQ(std::count(found.begin(), found.end(), path), 1) << path;
  }
}

TEST_F(ModelRegistryTest, FallsBackToTheDefaultsOfTheXdgSpecification) {
  const ScopedVariable model_dir("HISS_MODEL_DIR", nullptr);
  const ScopedVariable data_home("XDG_DATA_HOME", nullptr);
  const ScopedVariable home("HOME", "/home/somebody");
  const ScopedVariable data_dirs("XDG_DATA_DIRS", nullptr);
  const std::vector<fs::path> found = ModelRegistry::defaultSearchPath();
  ASSERT_GE(found.size(), 3U);
  EXPECT_EQ(found[0], "/home/somebody/.local/share/hiss/models");
  EXPECT_EQ(found[1], "/usr/local/share/hiss/models");
  EXPECT_EQ(found[2], "/usr/share/hiss/models");
}

}  // namespace
}  // namespace hiss
