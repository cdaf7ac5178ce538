# SPDX-License-Identifier: Apache-2.0
# Writes the units of systemd. In: BINDIR (the program's folder), template, units (the folder).
set(NAME hiss-monitor)
set(INSTANCE "")
set(INSTANCE_COMMENT "")
set(DESCRIPTION "")
set(CONFIG_STEM /etc/hiss/monitor)
message(STATUS "Installing: ${units}/hiss-monitor.service")
configure_file(${template} ${units}/hiss-monitor.service @ONLY)

set(NAME hiss-monitor-%i)
set(INSTANCE "@INSTANCE")
set(INSTANCE_COMMENT " INSTANCE is the name of a configuration in /etc/hiss.")
set(DESCRIPTION " (%i)")
set(CONFIG_STEM /etc/hiss/%i)
message(STATUS "Installing: ${units}/hiss-monitor@.service")
configure_file(${template} ${units}/hiss-monitor@.service @ONLY)
