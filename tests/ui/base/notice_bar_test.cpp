// SPDX-License-Identifier: Apache-2.0
#include "ui/base/notice_bar.h"

#include <gtest/gtest.h>

#include <QLabel>
#include <QToolButton>

namespace hiss {
namespace {

bool shows(const NoticeBar& bar, const QString& text) {
  for (const QLabel* label : bar.findChildren<QLabel*>()) {
    if (!label->isHidden() && label->text().contains(text)) return true;
  }
  return false;
}

TEST(NoticeBar, FoldsTheDetailsAndClosesByItsButton) {
  NoticeBar bar;
  EXPECT_TRUE(bar.isHidden());
  bar.showNotice({Notice::Kind::kError, "The file is not sound.", "Choose another one.",
                  "a.txt: expected sound, found <b>text</b>"});
  EXPECT_FALSE(bar.isHidden());
  EXPECT_TRUE(shows(bar, "not sound"));
  EXPECT_TRUE(shows(bar, "another one"));
  EXPECT_FALSE(shows(bar, "expected sound"));
  const auto buttons = bar.findChildren<QToolButton*>();
  ASSERT_EQ(buttons.size(), 2);
  buttons[0]->click();
  EXPECT_TRUE(shows(bar, "<b>text</b>"));
  buttons[1]->click();
  EXPECT_TRUE(bar.isHidden());
  EXPECT_TRUE(bar.notice().text.isEmpty());
}

}  // namespace
}  // namespace hiss
