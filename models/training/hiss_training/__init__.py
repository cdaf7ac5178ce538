# SPDX-License-Identifier: Apache-2.0
"""Training, export and evaluation of Hiss models (Python side; the engine is C++)."""
