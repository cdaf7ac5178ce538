// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <QAction>
#include <QList>
#include <QSettings>
#include <QStringList>
#include <QWidget>
#include <memory>

namespace hiss {

class StateTap;

// The hidden state of a running model: what it holds, what it decides to remember and for how long.
// Looks at the tap only while it is shown (or recorded), so that a hidden panel costs the model
// nothing. [main-thread]
class StatePanel : public QWidget {
  Q_OBJECT

 public:
  explicit StatePanel(QWidget* parent = nullptr);
  ~StatePanel() override;

  // Another model; null: none runs. Views begin anew.
  void setTap(std::shared_ptr<StateTap> tap);
  // What the rows of a layer of as many rows are called ("temperature"); others are numbered.
  void setRowNames(const QStringList& names);

  // Once a frame: takes what the tap holds and paints what changed if `is_shown`.
  void frame(double now_s, bool is_shown);

  // With shortcuts and tooltips; owned by the panel, there from construction on.
  [[nodiscard]] QList<QAction*> panelActions() const;

  void saveSettings(QSettings& settings) const;
  void restoreSettings(QSettings& settings);

 private:
  struct Parts;
  std::unique_ptr<Parts> parts_;
};

}  // namespace hiss
