# SPDX-License-Identifier: Apache-2.0
# Install rules of data that no target owns. The program itself is installed by app/cli.
include(GNUInstallDirs)

install(FILES ${CMAKE_CURRENT_LIST_DIR}/hiss.1
        DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT cli)
install(DIRECTORY ${PROJECT_SOURCE_DIR}/models/weights/
        DESTINATION ${CMAKE_INSTALL_DATADIR}/hiss/models COMPONENT models
        FILES_MATCHING PATTERN "*.safetensors" PATTERN "SHA256SUMS" PATTERN "*.md" PATTERN "*.txt")
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE
        DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT cli)

# The service, for one configuration or (hiss-monitor@NAME) for several. Where the program lies is
# known when it is installed.
install(FILES ${CMAKE_CURRENT_LIST_DIR}/monitor.toml
        DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples COMPONENT cli)
install(CODE "
  set(BINDIR \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}\")
  set(template \"${CMAKE_CURRENT_LIST_DIR}/hiss-monitor.service.in\")
  set(units \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/lib/systemd/system\")" COMPONENT cli)
install(SCRIPT ${CMAKE_CURRENT_LIST_DIR}/install_units.cmake COMPONENT cli)

if(HISS_BUILD_GUI)
  include(${CMAKE_CURRENT_LIST_DIR}/desktop.cmake)
endif()
if(PROJECT_IS_TOP_LEVEL)
  include(${CMAKE_CURRENT_LIST_DIR}/packages.cmake)
endif()
