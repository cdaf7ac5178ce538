// SPDX-License-Identifier: Apache-2.0
// A module for clang-tidy that keeps its matchers off system headers. Without it they walk the
// whole of the standard library, nlohmann/json and CLI11 anew for each source, which is most of the
// time they take, and what they find there is thrown away. (Later releases of clang-tidy leave
// system headers out by themselves.) The static analyzer is not concerned: it looks at sources
// only.
//   clang-tidy --load=tidy_own_code.so --checks=hiss-own-code ...
#include <clang-tidy/ClangTidyCheck.h>
#include <clang-tidy/ClangTidyModule.h>
#include <clang-tidy/ClangTidyModuleRegistry.h>
#include <clang/AST/ASTContext.h>
#include <clang/AST/Decl.h>
#include <clang/ASTMatchers/ASTMatchers.h>
#include <clang/Basic/SourceManager.h>

#include <vector>

namespace {

namespace matchers = clang::ast_matchers;

// Finds nothing. It is shown the translation unit before anything in it, and from there on all
// checks of the run are shown only what does not stand in system headers.
class OwnCodeCheck : public clang::tidy::ClangTidyCheck {
 public:
  using ClangTidyCheck::ClangTidyCheck;

  void registerMatchers(matchers::MatchFinder* finder) override {
    finder->addMatcher(matchers::translationUnitDecl().bind("unit"), this);
  }

  void check(const matchers::MatchFinder::MatchResult& result) override {
    context_ = result.Context;
    before_ = context_->getTraversalScope();
    std::vector<clang::Decl*> own;
    for (clang::Decl* decl : context_->getTranslationUnitDecl()->decls()) {
      if (!result.SourceManager->isInSystemHeader(decl->getLocation())) own.push_back(decl);
    }
    context_->setTraversalScope(own);
  }

  void onEndOfTranslationUnit() override {
    if (context_ != nullptr) context_->setTraversalScope(before_);
    context_ = nullptr;
  }

 private:
  clang::ASTContext* context_ = nullptr;
  std::vector<clang::Decl*> before_;
};

class Module : public clang::tidy::ClangTidyModule {
 public:
  void addCheckFactories(clang::tidy::ClangTidyCheckFactories& factories) override {
    factories.registerCheck<OwnCodeCheck>("hiss-own-code");
  }
};

const clang::tidy::ClangTidyModuleRegistry::Add<Module> kAdded("hiss-module", "own code only");

}  // namespace
