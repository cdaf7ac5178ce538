# SPDX-License-Identifier: Apache-2.0
# Install rules of what a desktop looks for, and of the data of hiss-gui's demo.
set(id io.github.hiss_audio.Hiss)
set(packaging ${CMAKE_CURRENT_LIST_DIR})
set(data ${PROJECT_SOURCE_DIR}/tests/data)
configure_file(${packaging}/${id}.metainfo.xml ${CMAKE_CURRENT_BINARY_DIR}/${id}.metainfo.xml @ONLY)

install(FILES ${packaging}/${id}.desktop
        DESTINATION ${CMAKE_INSTALL_DATADIR}/applications COMPONENT gui)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/${id}.metainfo.xml
        DESTINATION ${CMAKE_INSTALL_DATADIR}/metainfo COMPONENT gui)
install(FILES ${packaging}/${id}.svg
        DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/scalable/apps COMPONENT gui)
install(FILES ${packaging}/${id}.png
        DESTINATION ${CMAKE_INSTALL_DATADIR}/icons/hicolor/128x128/apps COMPONENT gui)
install(FILES ${packaging}/hiss-gui.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT gui)

# Found by app/gui/demo_files.h.
install(FILES ${data}/audio/cafe_noisy.flac ${data}/sensors/nyc_taxi.csv
              ${data}/sensors/LICENSE.nab.txt
        DESTINATION ${CMAKE_INSTALL_DATADIR}/hiss/demo COMPONENT gui)
install(FILES ${data}/audio/LICENSES.md RENAME LICENSES.audio.md
        DESTINATION ${CMAKE_INSTALL_DATADIR}/hiss/demo COMPONENT gui)
