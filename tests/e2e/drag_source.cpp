// SPDX-License-Identifier: Apache-2.0
//
// drag_source FILE…: a small window at the screen's lower left corner, out of which the mouse drags
// the FILEs into another program.
#include <QApplication>
#include <QDrag>
#include <QMimeData>
#include <QMouseEvent>
#include <QScreen>
#include <QUrl>
#include <QWidget>

namespace {

class DragSource : public QWidget {
 protected:
  void mousePressEvent(QMouseEvent*) override {
    QList<QUrl> urls;
    for (const QString& path : QCoreApplication::arguments().mid(1)) {
      urls.append(QUrl::fromLocalFile(path));
    }
    auto* const files = new QMimeData;
    files->setUrls(urls);
    auto* const drag = new QDrag(this);
    drag->setMimeData(files);
    drag->exec(Qt::CopyAction);
  }
};

}  // namespace

int main(int argc, char** argv) {
  QApplication application(argc, argv);
  DragSource source;
  source.setWindowTitle(QStringLiteral("drag source"));
  constexpr int kSide = 20;
  const QRect screen = source.screen()->geometry();
  source.setGeometry(screen.left(), screen.bottom() + 1 - kSide, kSide, kSide);
  source.show();
  return QApplication::exec();
}
