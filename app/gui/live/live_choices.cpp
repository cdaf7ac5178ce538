// SPDX-License-Identifier: Apache-2.0
#include "app/gui/live/live_choices.h"

#include <QCoreApplication>
#include <QLocale>
#include <algorithm>
#include <string_view>

#include "app/engine/live/virtual_mic.h"
#include "ui/live/setup_box.h"

namespace hiss {
namespace {

constexpr double kMillion = 1e6;

QString text(std::string_view utf8) {
  return QString::fromUtf8(utf8.data(), static_cast<qsizetype>(utf8.size()));
}

QString say(const char* words) { return QCoreApplication::translate("hiss::LiveBridge", words); }

QList<LiveChoice> deviceChoices(const std::vector<AudioDeviceInfo>& devices, bool inputs) {
  QList<LiveChoice> choices;
  for (const AudioDeviceInfo& device : devices) {
    const int channels = inputs ? device.in_channels : device.out_channels;
    if (channels == 0) continue;
    if (choices.isEmpty()) {
      choices.append({QLatin1String(kDeviceId),
                      say(inputs ? QT_TRANSLATE_NOOP("hiss::LiveBridge", "System’s microphone")
                                 : QT_TRANSLATE_NOOP("hiss::LiveBridge", "System’s loudspeaker")),
                      say(QT_TRANSLATE_NOOP("hiss::LiveBridge",
                                            "What is chosen in the settings of the desktop"))});
    }
    const QString name = text(device.host) + QLatin1String(": ") + text(device.name);
    choices.append({QLatin1String(kDeviceId) + name, text(device.name),
                    say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "%1, channels: %2"))
                        .arg(name, QLocale().toString(channels))});
  }
  return choices;
}

LiveChoice modelChoice(const ModelSummary& model) {
  LiveChoice choice{text(model.name), text(model.name), {}};
  if (!model.error.empty()) {
    choice.label =
        say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "%1 (cannot be used)")).arg(choice.label);
    choice.hint = text(model.error);
    return choice;
  }
  const QLocale locale;
  QStringList hints{say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "%1 million operations a second"))
                        .arg(locale.toString(model.macs_per_second / kMillion, 'f', 0)),
                    say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "delay %1 ms"))
                        .arg(locale.toString(model.latency_ms, 'f', 0))};
  for (const auto& [name, value] : model.dev.figures) {
    // A card gives the mean first, then how sure it is.
    bool is_number = false;
    const double pesq = text(value).section(QLatin1Char(' '), 0, 0).toDouble(&is_number);
    if (name != "WB-PESQ" || !is_number) continue;
    choice.label = say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "%1 · PESQ %2"))
                       .arg(choice.label, locale.toString(pesq, 'f', 2));
    hints.prepend(
        say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "PESQ (quality of speech, 1 to 4.6): %1"))
            .arg(text(value)));
  }
  choice.hint = hints.join(QLatin1Char('\n'));
  return choice;
}

bool hasPulse(const std::vector<AudioDeviceInfo>& devices) {
  return std::any_of(devices.begin(), devices.end(), [](const AudioDeviceInfo& device) {
    return device.name == VirtualMic::kDevice && device.out_channels > 0;
  });
}

}  // namespace

LiveChoices liveChoices(const LiveOffer& offer, bool has_demo, bool has_pactl) {
  LiveChoices choices;
  choices.inputs = deviceChoices(offer.devices, true);
  if (has_demo) {
    choices.inputs.append(
        {QLatin1String(SetupBox::kDemo),
         say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "Demo recording")),
         say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "Someone speaks in a noisy café"))});
  }
  choices.inputs.append(
      {QLatin1String(SetupBox::kAskFile),
       say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "A recording…")),
       say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "A file is played over and over"))});
  choices.outputs = deviceChoices(offer.devices, false);
  choices.outputs.append({QLatin1String(kNoOutputId),
                          say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "No output (show only)")),
                          say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "Nothing is heard"))});
  if (has_pactl && hasPulse(offer.devices)) {
    choices.outputs.append(
        {QLatin1String(kVirtualMicId),
         say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "Virtual microphone")),
         say(QT_TRANSLATE_NOOP("hiss::LiveBridge",
                               "Other programs can choose “Hiss microphone” as their input"))});
  }
  for (const ModelSummary& model : offer.models) choices.models.append(modelChoice(model));
  choices.models.append({QLatin1String(SetupBox::kAskFile),
                         say(QT_TRANSLATE_NOOP("hiss::LiveBridge", "A model file…")),
                         {}});
  return choices;
}

}  // namespace hiss
