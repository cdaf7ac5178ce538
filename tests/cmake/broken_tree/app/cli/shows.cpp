// SPDX-License-Identifier: Apache-2.0
#include "ui/view.h"
#include "app/engine/engine.h"
