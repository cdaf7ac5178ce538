#include "ssm/state.h"
#include <Eigen/Core>
#include <QString>
